/** What every function of this package checks of its operands. */
import {
  type Backend,
  BlkError,
  type BlockMatrix,
  checkFloatingPoint,
  computeDType,
  type DType,
  expr,
  type HostArray,
  type MatrixView,
  toDense,
} from "@blk/core";
import { Scratch } from "./scratch.js";
import { copy } from "./views.js";

/** The element type in which a matrix is factorised: f32 for f16. */
export function workingDType(a: BlockMatrix): DType {
  return computeDType(a.dtype);
}

/** The largest number of an element type: what is larger is stored as infinite. */
export function largestOf(dtype: DType): number {
  return dtype === "f64" ? Number.MAX_VALUE : (2 - 2 ** -23) * 2 ** 127;
}

/** The error for numbers of a factorisation that are too large to be stored. */
export function outOfRange(operation: string, dtype: DType, column: number): BlkError {
  return new BlkError(
    "ARGUMENT",
    `${operation}: elements grow beyond the range of ${dtype} in column ${column}; scale the matrix down`,
    { details: { column } },
  );
}

/** Throws `ARGUMENT` unless `value`, an option called `name`, is one of `choices`. */
export function checkChoice(
  operation: string,
  name: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (choices.some((choice) => choice === value)) return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected ${name} to be one of ${choices.join(", ")}, got ${JSON.stringify(value)}`,
  );
}

/** Throws `SHAPE` unless `a` is square. */
export function checkSquare(
  operation: string,
  a: { readonly rows: number; readonly cols: number },
): void {
  if (a.rows === a.cols) return;
  throw new BlkError("SHAPE", `${operation}: expected a square matrix, got ${a}`, {
    details: { rows: a.rows, cols: a.cols },
  });
}

/** A linear system, as far as its right-hand sides have to fit. */
export interface System {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly rows: number;
  /** What messages call it. */
  readonly name: string;
}

/** Throws `DTYPE`, `DISPOSED`, `SHAPE` or `BACKEND_MISMATCH` unless `A·X = B` makes sense. */
export function checkSystem(operation: string, a: BlockMatrix, b: BlockMatrix): void {
  checkFloatingPoint(operation, a);
  const { backend, rows } = a;
  checkRightHandSide(operation, { backend, rows, dtype: workingDType(a), name: String(a) }, b);
}

/** Throws `SHAPE`, `DTYPE` or `BACKEND_MISMATCH` unless `b` fits as right-hand sides of a system. */
export function checkRightHandSide(operation: string, system: System, b: BlockMatrix): void {
  checkFloatingPoint(operation, b);
  const { backend, dtype, rows, name } = system;
  if (backend !== b.backend) {
    throw new BlkError(
      "BACKEND_MISMATCH",
      `${operation}: A is ${name} on backend ${backend.name}, but B is ${b} on another one (${b.backend.name}); move one of them with transfer()`,
    );
  }
  if (workingDType(b) !== dtype) {
    throw new BlkError(
      "DTYPE",
      `${operation}: A is ${name} and B is ${b}; convert one of them with cast()`,
      { details: { expected: dtype, actual: b.dtype } },
    );
  }
  if (rows === b.rows) return;
  throw new BlkError(
    "SHAPE",
    `${operation}: A is ${name} and B is ${b}; B must have ${rows} rows`,
    { details: { expected: rows, actual: b.rows } },
  );
}

/** The one window of a dense matrix. */
export function viewOf(operation: string, matrix: BlockMatrix): MatrixView {
  const storage = matrix.storage(operation);
  if (storage.kind === "dense") return storage.view;
  throw new BlkError(
    "INTERNAL",
    `${operation}: ${matrix} should be dense here; this is a fault of @blk/linalg, please report it`,
  );
}

/** Which elements of a matrix count: in place of all, those on and below its diagonal. */
export type Part = "whole" | "lower";

/**
 * A dense copy of `a` in its working element type, in memory of `scratch`, to be overwritten. Made
 * before the returned promise: the caller may free or change `a` at once. Rejects with `ARGUMENT`,
 * naming the first place, if an element is NaN or infinite; with `DTYPE` for integers.
 */
export function takeOperand(
  operation: string,
  a: BlockMatrix,
  scratch: Scratch,
  part: Part = "whole",
): Promise<MatrixView> {
  checkFloatingPoint(operation, a);
  const view = scratch.view(workingDType(a), a.rows, a.cols);
  copyDense(operation, a, view);
  return checkFinite(operation, a.backend, view, String(a), part);
}

/** Resolves to `view`, or rejects with `ARGUMENT` as {@link takeOperand} does. */
export async function checkFinite(
  operation: string,
  backend: Backend,
  view: MatrixView,
  name: string,
  part: Part = "whole",
): Promise<MatrixView> {
  if (backend.capabilities.keepsNonFinite && (await allFinite(backend, view))) return view;
  const at = placeNotFinite(await backend.read(view), view.cols, part);
  if (at === undefined) return view;
  throw notFinite(operation, name, at);
}

/** One pass on the device, and one number read: zero times anything but a finite number is NaN. */
async function allFinite(backend: Backend, view: MatrixView): Promise<boolean> {
  const scratch = new Scratch(backend);
  try {
    const out = scratch.view(view.dtype, 1, 1);
    backend.reduce([{ inputs: [view], out }], { expr: expr.mul(expr.input(0), 0), op: "sum" });
    return (await backend.read(out))[0] === 0;
  } finally {
    scratch.dispose();
  }
}

/** An element of a matrix. */
interface Place {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/** The first element that counts and is not finite, of `values` row by row. */
export function placeNotFinite(values: HostArray, cols: number, part: Part): Place | undefined {
  for (const [at, value] of values.entries()) {
    if (Number.isFinite(value)) continue;
    const [row, column] = [Math.floor(at / cols), at % cols];
    if (part === "whole" || column <= row) return { row, column, value };
  }
  return undefined;
}

/** The error for a matrix of which not all elements are finite, naming such a place. */
export function notFinite(
  operation: string,
  name: string,
  { row, column, value }: Place,
): BlkError {
  return new BlkError(
    "ARGUMENT",
    `${operation}: element (${row}, ${column}) of ${name} is ${value}; all elements must be finite`,
    { details: { row, column, value } },
  );
}

/** `to ← from`, whose absent blocks are zero, converted to the element type of `to`. */
export function copyDense(operation: string, from: BlockMatrix, to: MatrixView): void {
  const dense = from.isSparse ? toDense(from) : from;
  try {
    copy(from.backend, viewOf(operation, dense), to);
  } finally {
    if (dense !== from) dense.dispose();
  }
}
