/** What the properties of block operations share: examples, uploads, comparison, plain reductions. */
import type { BlockMatrix, DType, Per } from "@blk/core";
import fc from "fast-check";
import type { CaseContext } from "../case.js";
import { type HostMatrix, hostMatrix, type MatrixSpec, upload } from "../host-matrix.js";
import { forAll, type PropertyOptions } from "../property.js";
import { cuts, elementSeed, patternOf, presence } from "./examples.js";

/** A property to be tried in each element type. */
export interface Property {
  /** Whether it is about floating point only. */
  readonly isFloating: boolean;
  check(dtype: DType, options: PropertyOptions, context: CaseContext): Promise<void>;
}

/** A property that holds for all examples. */
export function property<T>(
  examples: fc.Arbitrary<T>,
  holds: (example: T, dtype: DType, context: CaseContext) => Promise<void>,
  isFloating = false,
): Property {
  return {
    isFloating,
    check: (dtype, options, context) =>
      forAll(examples, options, context, (example, inner) => holds(example, dtype, inner)),
  };
}

/** Fails unless `matrix` holds exactly these numbers; then disposes it. */
export async function expectEqual(
  matrix: BlockMatrix,
  expected: HostMatrix,
  what: string,
  { check }: CaseContext,
): Promise<void> {
  try {
    check(
      matrix.rows === expected.rows && matrix.cols === expected.cols,
      () => `${what} is ${matrix} instead of ${expected.rows}×${expected.cols}`,
    );
    const got = await matrix.toArray();
    const wrong = expected.elements.findIndex(
      (x, at) => x !== got[at] && !(Number.isNaN(x) && Number.isNaN(got[at])),
    );
    check(wrong < 0, () => {
      const [row, col] = [Math.floor(wrong / expected.cols), wrong % expected.cols];
      return `${what}: element (${row}, ${col}) of ${matrix} is ${got[wrong]} instead of ${expected.elements[wrong]}`;
    });
  } finally {
    matrix.dispose();
  }
}

/** Uploads, and disposes when `use` is done. */
export async function withMatrices(
  specs: readonly MatrixSpec[],
  dtype: DType,
  { backend }: CaseContext,
  use: (matrices: readonly BlockMatrix[], hosts: readonly HostMatrix[]) => Promise<void>,
): Promise<void> {
  const hosts = specs.map((spec) => hostMatrix(spec, dtype, "whole"));
  const matrices = specs.map((spec, i) => upload(backend, spec, dtype, hosts[i] as HostMatrix));
  try {
    await use(matrices, hosts);
  } finally {
    for (const matrix of matrices) matrix.dispose();
  }
}

/** A matrix: its cuts, which blocks it has, the seed of its elements. */
export interface OneMatrix {
  readonly rowCuts: readonly number[];
  readonly colCuts: readonly number[];
  readonly bits: number | undefined;
  readonly seed: number;
}

/** Examples of a matrix, dense or sparse. */
export const oneMatrix: fc.Arbitrary<OneMatrix> = fc.record({
  rowCuts: cuts,
  colCuts: cuts,
  bits: presence,
  seed: elementSeed,
});

/** The specification of an example. */
export function specOf({ rowCuts, colCuts, bits, seed }: OneMatrix): MatrixSpec {
  return { rowCuts, colCuts, seed, pattern: bits === undefined ? undefined : patternOf(bits) };
}

/** What the results of a reduction stand for. */
export interface Groups {
  readonly rows: number;
  readonly cols: number;
  readonly values: readonly (readonly number[])[];
}

/** The elements that each result of a reduction stands for. */
export function groupsOf(
  x: HostMatrix,
  { rowCuts, colCuts }: OneMatrix,
): Readonly<Record<Per, Groups>> {
  const range = (start: number, length: number): number[] =>
    Array.from({ length }, (_, i) => start + i);
  const starts = (cutList: readonly number[]): number[] =>
    cutList.map((_, i) => cutList.slice(0, i).reduce((s, n) => s + n, 0));
  const pick = (rows: readonly number[], cols: readonly number[]): number[] =>
    rows.flatMap((i) => cols.map((j) => x.at(i, j)));
  const [allRows, allCols] = [range(0, x.rows), range(0, x.cols)];
  const [rowStarts, colStarts] = [starts(rowCuts), starts(colCuts)];
  return {
    row: { rows: x.rows, cols: 1, values: allRows.map((i) => pick([i], allCols)) },
    column: { rows: 1, cols: x.cols, values: allCols.map((j) => pick(allRows, [j])) },
    matrix: { rows: 1, cols: 1, values: [pick(allRows, allCols)] },
    block: {
      rows: rowCuts.length,
      cols: colCuts.length,
      values: rowCuts.flatMap((height, i) =>
        colCuts.map((width, j) =>
          pick(range(rowStarts[i] as number, height), range(colStarts[j] as number, width)),
        ),
      ),
    },
  };
}
