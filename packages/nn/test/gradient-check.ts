import { type Backend, BlockMatrix, type DType, expr, map, scope, transfer } from "@blk/core";
import { expect } from "vitest";
import { add, gradients, mul, parameter, reduce, type Variable } from "../src/index.js";

/** A function of variables under test; any shape of result. */
export type Checked = (...inputs: Variable[]) => Variable;

/**
 * Checks the gradients of Σ weight ∘ f(inputs) in f64: against central differences at every stored
 * element of every input. `weight` is fixed numbers, so that no two elements of the result count
 * alike.
 *
 * With step h the difference quotient errs by h²·|f‴|/6 from the formula and by u·|f|/h from
 * rounding; at h = 10⁻⁴·scale both are below 10⁻⁷ for functions whose values and third derivatives
 * are of order 100 or less. `tolerance` is relative to the largest gradient and 1.
 */
export async function checkGradients(
  f: Checked,
  inputs: readonly BlockMatrix[],
  tolerance = 1e-6,
): Promise<void> {
  const analytic = gradientsOf(f, inputs);
  for (const [i, input] of inputs.entries()) {
    if (input.dtype !== "f64") throw new Error("checkGradients: expected inputs of f64");
    const gradient = analytic[i] as BlockMatrix;
    expect(gradient.rowPartition.cuts).toEqual(input.rowPartition.cuts);
    expect(gradient.colPartition.cuts).toEqual(input.colPartition.cuts);
    expect(gradient.pattern?.toString()).toBe(input.pattern?.toString());
    const got = await gradient.toArray();
    const expected = await differences(f, inputs, i);
    const scale = largest(expected);
    expectClose(got, expected, tolerance * scale, `gradient of input ${i}, ${input}`);
  }
  for (const gradient of analytic) gradient.dispose();
}

/** The gradients of the weighted sum of f's elements. */
export function gradientsOf(f: Checked, inputs: readonly BlockMatrix[]): readonly BlockMatrix[] {
  return scope(() => {
    const parameters = inputs.map((input) => parameter(map(input, (x) => x)));
    return gradients(weighted(f(...parameters)), parameters).map(({ value }) => value);
  });
}

/**
 * Checks that the gradients of f in another element type or on another backend are those of f64:
 * within `bound`, relative to the largest of each gradient and 1. `inputs` are f64 numbers that f32
 * represents exactly.
 */
export async function checkAgainstDouble(
  f: Checked,
  inputs: readonly BlockMatrix[],
  backend: Backend,
  dtype: DType,
  bound: number,
): Promise<void> {
  const exact = gradientsOf(f, inputs);
  const moved: BlockMatrix[] = [];
  for (const input of inputs) {
    using converted = map(input, (x) => x, { dtype });
    moved.push(await transfer(converted, backend));
  }
  const got = gradientsOf(f, moved);
  for (const [i, gradient] of got.entries()) {
    const expected = await (exact[i] as BlockMatrix).toArray();
    const scale = largest(expected);
    expectClose(await gradient.toArray(), expected, bound * scale, `${dtype} gradient ${i}`);
  }
  for (const matrix of [...exact, ...got, ...moved]) matrix.dispose();
}

/**
 * Checks the second derivatives: those of Σ weight ∘ (∂f + x∘x) by each input x. The square is there
 * for the gradients of linear functions, which depend on nothing.
 */
export async function checkSecondDerivatives(
  f: Checked,
  inputs: readonly BlockMatrix[],
  tolerance = 1e-5,
): Promise<void> {
  const slopes: Checked = (...variables) => {
    const first = gradients(weighted(f(...variables)), variables, { createGraph: true });
    const terms = [...first, ...variables.map((x) => mul(x, x))];
    return terms.map(weighted).reduce((x, y) => add(x, y));
  };
  await checkGradients(slopes, inputs, tolerance);
}

/** Σ w ∘ y with fixed numbers w of magnitude 0.5 … 1.5 and either sign. */
function weighted(y: Variable): Variable {
  const { rows, cols, dtype, backend } = y;
  const numbers = Float64Array.from({ length: rows * cols }, (_, i) => weightAt(i));
  const data = dtype === "f64" ? numbers : Float32Array.from(numbers);
  const weight = BlockMatrix.fromArray(backend, data, { rows, cols, dtype });
  return reduce([y, weight], { op: "sum", expr: expr.mul });
}

/** Multiples of 2⁻⁶: exact in every floating-point type. */
function weightAt(i: number): number {
  const magnitude = 0.5 + ((i * 37) % 64) / 64;
  return i % 3 === 1 ? -magnitude : magnitude;
}

async function differences(
  f: Checked,
  inputs: readonly BlockMatrix[],
  which: number,
): Promise<readonly number[]> {
  const input = inputs[which] as BlockMatrix;
  const { rows, cols, backend, rowPartition, colPartition, pattern } = input;
  const values = await input.toArray();
  const layout = { rows, cols, blockRows: rowPartition, blockCols: colPartition };
  const options = pattern === undefined ? layout : { ...layout, pattern };
  const at = async (index: number, value: number): Promise<number> => {
    const changed = Float64Array.from(values);
    changed[index] = value;
    const result = scope(() => {
      const moved = BlockMatrix.fromArray(backend, changed, options);
      const all = inputs.map((x, i) => parameter(i === which ? moved : map(x, (x) => x)));
      return weighted(f(...all)).value;
    });
    const number = await result.toNumber();
    result.dispose();
    return number;
  };
  const slopes: number[] = [];
  for (const [index, value] of values.entries()) {
    if (!isPresent(input, index)) {
      slopes.push(0);
      continue;
    }
    const h = 1e-4 * Math.max(1, Math.abs(value));
    slopes.push(((await at(index, value + h)) - (await at(index, value - h))) / (2 * h));
  }
  return slopes;
}

/** The largest magnitude, or 1. */
function largest(numbers: Iterable<number>): number {
  let most = 1;
  for (const x of numbers) most = Math.max(most, Math.abs(x));
  return most;
}

function isPresent({ pattern, cols, rowPartition, colPartition }: BlockMatrix, index: number) {
  if (pattern === undefined) return true;
  const row = rowPartition.indexOf(Math.floor(index / cols));
  return pattern.has(row, colPartition.indexOf(index % cols));
}

function expectClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number,
  what: string,
): void {
  expect(got.length, what).toBe(expected.length);
  for (let i = 0; i < got.length; i++) {
    const [x, y] = [got[i] as number, expected[i] as number];
    if (Math.abs(x - y) <= bound) continue;
    expect.fail(`${what}: element ${i} is ${x}, expected ${y} within ${bound}`);
  }
}
