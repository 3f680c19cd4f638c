import {
  type Backend,
  bytesPerElement,
  type DeviceBuffer,
  type DType,
  type HostArray,
  type MatrixView,
} from "@blk/core";
import type { CaseContext, Expectation, Operand, Problem, Result } from "./case.js";
import { fromHost, stored, toHost } from "./elements.js";
import { type Placement, place } from "./layout.js";
import { WrongResult } from "./wrong-result.js";

/** Elements before and after each matrix: of inputs, so many that a wrong index stays inside. */
const fences = { input: 64, result: 6 } as const;

/** What fences hold, and gaps between the elements of results: a number that no case computes. */
const sentinels: Readonly<Record<DType, number>> = {
  f32: -98765.4296875,
  f64: -98765.4296875,
  f16: -987.5,
  i32: -1987654321,
};

/** What results hold beforehand, and gaps between the elements of inputs. */
const unset: Readonly<Record<DType, number>> = {
  f32: Number.NaN,
  f64: Number.NaN,
  f16: Number.NaN,
  i32: 1876543210,
};

/**
 * Runs a problem on a backend and compares every element of its results with the answer, and
 * everything around them with what was there before. Throws with the first element that is wrong.
 */
export async function runProblem(problem: Problem, context: CaseContext): Promise<void> {
  const { backend } = context;
  const images = layOut(problem);
  const buffers = images.map(({ host }) => upload(backend, host));
  try {
    const views = images.flatMap(({ parts }, i) =>
      parts.map(({ matrix, at }) => viewOf(matrix, buffers[i] as DeviceBuffer, at)),
    );
    const count = problem.inputs.length;
    problem.run(backend, views.slice(0, count), views.slice(count));
    const answers = problem.answer();
    for (const [i, image] of images.entries()) {
      if (!image.parts.some(({ result }) => result !== undefined)) continue;
      const whole = wholeView(buffers[i] as DeviceBuffer, image);
      const after = await backend.read(whole);
      compare(image, after, answers, context);
    }
    await backend.finish();
  } finally {
    for (const buffer of buffers) buffer.dispose();
  }
}

/** A buffer's contents, and the matrices that lie in it. */
interface Image {
  readonly host: HostArray;
  readonly parts: readonly Part[];
}

interface Part {
  readonly matrix: Operand | Result;
  readonly at: Placement;
  /** The number of the result, if it is one. */
  readonly result: number | undefined;
}

function layOut({ inputs, results, shareBuffer = false }: Problem): readonly Image[] {
  const all = [
    ...inputs.map((matrix) => ({ matrix, result: undefined })),
    ...results.map((matrix, result) => ({ matrix, result })),
  ];
  return shareBuffer ? [imageOf(all)] : all.map((one) => imageOf([one]));
}

function imageOf(matrices: readonly Pick<Part, "matrix" | "result">[]): Image {
  const isResult = matrices.some(({ result }) => result !== undefined);
  const fence = isResult ? fences.result : fences.input;
  let length: number = fence;
  const parts: Part[] = [];
  for (const { matrix, result } of matrices) {
    const placement = place(matrix.layout, matrix.rows, matrix.cols);
    parts.push({ matrix, result, at: { ...placement, offset: placement.offset + length } });
    length += placement.length + fence;
  }
  const dtype = (matrices[0] as Part).matrix.dtype;
  const around = isResult ? sentinels : unset;
  const host = toHost(dtype, new Float64Array(length).fill(around[dtype]));
  for (const { matrix, at } of parts) {
    const elements = "elements" in matrix ? matrix.elements : matrix.initial;
    const numbers =
      elements ?? new Float64Array(matrix.rows * matrix.cols).fill(unset[matrix.dtype]);
    const encoded = toHost(dtype, numbers);
    for (let i = 0; i < encoded.length; i++)
      host[placeOf(at, matrix.cols, i)] = encoded[i] as number;
  }
  return { host, parts };
}

function placeOf({ offset, rowStride, colStride }: Placement, cols: number, at: number): number {
  return offset + Math.floor(at / cols) * rowStride + (at % cols) * colStride;
}

function upload(backend: Backend, host: HostArray): DeviceBuffer {
  const buffer = backend.allocate(host.byteLength);
  backend.write(buffer, host);
  return buffer;
}

function viewOf(matrix: Operand | Result, buffer: DeviceBuffer, at: Placement): MatrixView {
  const { dtype, rows, cols } = matrix;
  const { offset, rowStride, colStride } = at;
  return { buffer, dtype, rows, cols, offset, rowStride, colStride };
}

function wholeView(buffer: DeviceBuffer, { host, parts }: Image): MatrixView {
  const dtype = (parts[0] as Part).matrix.dtype;
  const cols = host.length;
  return { buffer, dtype, rows: 1, cols, offset: 0, rowStride: cols, colStride: 1 };
}

function compare(
  { host, parts }: Image,
  after: HostArray,
  answers: readonly Expectation[],
  { check }: CaseContext,
): void {
  const numbers = fromHost(after);
  const untouched = new Uint8Array(host.length).fill(1);
  for (const { matrix, at, result } of parts) {
    if (result === undefined) continue;
    const answer = answers[result] as Expectation;
    const count = matrix.rows * matrix.cols;
    let wrong = -1;
    for (let i = 0; i < count; i++) {
      const position = placeOf(at, matrix.cols, i);
      untouched[position] = 0;
      if (wrong < 0 && !isRight(numbers[position] as number, answer, i)) wrong = i;
    }
    check(wrong < 0, () =>
      wrongResult(matrix, answer, wrong, numbers[placeOf(at, matrix.cols, wrong)] as number),
    );
  }
  const before = fromHost(host);
  const touched = untouched.findIndex(
    (isOutside, i) => isOutside === 1 && !Object.is(numbers[i], before[i]),
  );
  check(touched < 0, () => describeTouched(parts, touched, before, numbers));
}

/** Whether a computed element is as it must be. */
export function isRight(got: number, { expected, bound }: Expectation, at: number): boolean {
  const value = expected[at] as number;
  const allowed = bound[at] as number;
  if (Number.isNaN(value)) return Number.isNaN(got);
  return got === value || Math.abs(got - value) <= allowed;
}

function wrongResult(
  { name, dtype, rows, cols, layout }: Operand | Result,
  answer: Expectation,
  at: number,
  got: number,
): WrongResult {
  const [row, col] = [Math.floor(at / cols), at % cols];
  const [expected, bound] = [answer.expected[at] as number, answer.bound[at] as number];
  const hint = Object.is(got, stored(dtype, unset[dtype])) ? ": it was never written" : "";
  const message = `element (${row}, ${col}) of ${name} (${rows}×${cols} ${dtype}, ${layout}) is ${got} instead of ${expected} ± ${bound}${hint}`;
  return new WrongResult(message, { result: name, rows, cols, row, col, got, expected, bound });
}

function describeTouched(
  parts: readonly Part[],
  at: number,
  before: Float64Array,
  after: Float64Array,
): string {
  const names = parts.map(({ matrix }) => matrix.name).join(", ");
  return `memory around ${names} was overwritten: element ${at} of the buffer held ${before[at]} and holds ${after[at]}`;
}

/** Bytes of the elements of all matrices of a problem, each counted once. */
export function bytesOf(matrices: readonly (Operand | Result)[]): number {
  return matrices.reduce(
    (sum, { rows, cols, dtype }) => sum + rows * cols * bytesPerElement(dtype),
    0,
  );
}
