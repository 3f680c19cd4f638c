/** Random examples of every operation: any shapes, cuts and blocks, small enough for difference quotients. */
import { type Backend, BlockMatrix, expr, gelu, relu, sigmoid } from "@blk/core";
import fc from "fast-check";
import * as nn from "../src/index.js";
import type { Checked } from "./gradient-check.js";
import { matrixOf } from "./matrices.js";

/** A function to check, and what it is checked at. */
export interface Example {
  readonly f: Checked;
  readonly inputs: readonly Shaped[];
}

/** A matrix of random numbers; `present` has a bit for each block of a 3×3 grid. */
export interface Shaped {
  readonly rows: number;
  readonly cols: number;
  readonly blockRows: readonly number[];
  readonly blockCols: readonly number[];
  readonly present?: number | undefined;
}

/** The inputs of an example, of f64 on a backend. */
export function matricesOf(backend: Backend, { inputs }: Example): readonly BlockMatrix[] {
  return inputs.map(({ rows, cols, present, ...cuts }, i) => {
    const pattern = (row: number, col: number) => (((present ?? 0) >> (3 * row + col)) & 1) === 1;
    const options = present === undefined ? cuts : { ...cuts, pattern };
    return matrixOf(backend, rows, cols, 10 * rows + cols + 7 * i, options);
  });
}

const size = fc.integer({ min: 0, max: 5 });
const positive = fc.integer({ min: 1, max: 5 });
const presence = fc.option(fc.integer({ min: 0, max: 511 }), { nil: undefined });

/** Lengths of up to three blocks, some of them empty. */
function cutsOf(length: number): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.integer({ min: 0, max: length }), { maxLength: 2 }).map((at) => {
    const all = [0, ...at.sort((x, y) => x - y), length];
    return all.slice(1).map((end, i) => end - (all[i] as number));
  });
}

/** A matrix of a size, cut anywhere. */
function cutAnywhere(rows: number, cols: number, present = presence): fc.Arbitrary<Shaped> {
  return fc
    .tuple(cutsOf(rows), cutsOf(cols), present)
    .map(([blockRows, blockCols, bits]) => ({ rows, cols, blockRows, blockCols, present: bits }));
}

const always = fc.constant(undefined);
const anyShape = fc.tuple(size, size).chain(([rows, cols]) => cutAnywhere(rows, cols));
const someShape = fc.tuple(positive, positive).chain(([rows, cols]) => cutAnywhere(rows, cols));
const someDense = fc
  .tuple(positive, positive)
  .chain(([rows, cols]) => cutAnywhere(rows, cols, always));

function whole(rows: number, cols: number): Shaped {
  return { rows, cols, blockRows: [rows], blockCols: [cols] };
}

const elementwise = fc
  .record({
    x: anyShape,
    op: fc.constantFrom(nn.add, nn.sub, nn.mul, nn.maximum, nn.minimum, quotient, bend),
    other: fc.constantFrom("alike", "row", "column", "number"),
    present: presence,
  })
  .map(({ x, op, other, present }): Example => {
    const { rows, cols } = x;
    const y = {
      alike: { ...x, present },
      row: whole(1, cols),
      column: whole(rows, 1),
      number: whole(1, 1),
    }[other];
    return { f: op, inputs: [x, y] };
  });

function quotient(x: nn.Value, y: nn.Value): nn.Variable {
  return nn.div(x, nn.map(y, expr.exp));
}

function bend(x: nn.Value, y: nn.Value): nn.Variable {
  return nn.map([x, y], (x, y) => expr.select(expr.less(x, y), expr.tanh(expr.mul(x, y)), gelu(x)));
}

const reductions = fc
  .record({
    x: someShape,
    op: fc.constantFrom(nn.sum, nn.mean, nn.max, nn.min, nn.norm),
    per: fc.constantFrom("row", "column", "block", undefined),
  })
  // Of a block without elements, the largest number is −∞ and the mean NaN.
  .filter(
    ({ x, op, per }) =>
      per !== "block" || op === nn.sum || ![...x.blockRows, ...x.blockCols].includes(0),
  )
  .map(({ x, op, per }): Example => {
    const options = per === undefined ? {} : { per };
    return { f: (x) => op(x, options), inputs: [x] };
  });

const rowsOfSum1 = fc
  .record({ x: someShape, per: fc.constantFrom("row", "column"), masked: fc.boolean() })
  .map(({ x, per, masked }): Example => {
    const absent = masked ? "masked" : "zero";
    return { f: (x) => nn.softmax(x, { per, absent }), inputs: [x] };
  });

const normalised = fc.record({ x: someShape, shifted: fc.boolean() }).map(
  ({ x, shifted }): Example => ({
    f: (x, gain, shift) =>
      nn.normaliseRows(x, shifted ? { gain, shift, epsilon: 0.5 } : { gain, epsilon: 0.5 }),
    inputs: [x, whole(1, x.cols), ...(shifted ? [whole(1, x.cols)] : [])],
  }),
);

const byIndex = fc
  .tuple(someDense, fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 5 }), fc.boolean())
  .map(([x, numbers, scatters]): Example => {
    const indices = numbers.map((i) => (i < x.rows ? i : -1));
    return scatters
      ? {
          f: (x, y) => nn.scatterAdd(x, indices, y),
          inputs: [x, whole(indices.length, x.cols)],
        }
      : { f: (x) => nn.gather(nn.mul(x, x), indices), inputs: [x] };
  });

const rearranged = someShape.chain((x) => {
  const { rows, cols } = x;
  const rowCount = x.blockRows.length;
  const colCount = x.blockCols.length;
  const ways: readonly fc.Arbitrary<Checked>[] = [
    fc.constant(nn.transpose),
    fc.constant(nn.toDense),
    fc.tuple(fc.nat(rowCount - 1), fc.nat(colCount - 1)).map(
      ([row, col]) =>
        (x: nn.Variable) =>
          nn.block(x, row, col),
    ),
    fc.tuple(cutsOf(rows), cutsOf(cols)).map(
      ([blockRows, blockCols]) =>
        (x: nn.Variable) =>
          nn.repartition(nn.toDense(x), { blockRows, blockCols }),
    ),
    fc
      .integer({ min: 0, max: 511 })
      .map(
        (bits) => (x: nn.Variable) =>
          nn.restrict(x, (row, col) => ((bits >> (3 * row + col)) & 1) === 1),
      ),
    fc.constant((x: nn.Variable) => nn.reshape(nn.toDense(x), { rows: cols, cols: rows })),
    fc.constant((x: nn.Variable) => nn.assemble([[nn.toDense(x), nn.toDense(nn.mul(x, x))]])),
    fc.tuple(fc.nat(rows - 1), fc.nat(cols - 1)).map(
      ([row, col]) =>
        (x: nn.Variable) =>
          nn.window(nn.toDense(x), row, col, rows - row, cols - col),
    ),
  ];
  // Squared, so that the gradient differs from place to place.
  return fc.oneof(...ways).map((f): Example => ({ f: (x) => f(nn.mul(x, x)), inputs: [x] }));
});

const products = fc
  .tuple(size, size, size)
  .chain(([m, k, n]) =>
    fc.record({
      rows: cutsOf(m),
      inner: cutsOf(k),
      cols: cutsOf(n),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      presentA: presence,
      presentB: presence,
      alpha: fc.constantFrom(1, -0.5),
      activation: fc.constantFrom(undefined, relu, gelu, sigmoid, expr.tanh),
    }),
  )
  .map(({ rows, inner, cols, presentA, presentB, activation, ...options }): Example => {
    const lengthOf = (cuts: readonly number[]) => cuts.reduce((sum, length) => sum + length, 0);
    const factor = (
      across: readonly number[],
      down: readonly number[],
      isTransposed: boolean,
      present: number | undefined,
    ): Shaped => {
      const [blockRows, blockCols] = isTransposed ? [down, across] : [across, down];
      const shape = { rows: lengthOf(blockRows), cols: lengthOf(blockCols) };
      return { ...shape, blockRows, blockCols, present };
    };
    return {
      f: (a, b, bias) => nn.matmul(a, b, { ...options, ...(activation && { activation }), bias }),
      inputs: [
        factor(rows, inner, options.transposeA, presentA),
        factor(inner, cols, options.transposeB, presentB),
        whole(1, lengthOf(cols)),
      ],
    };
  });

const attended = fc
  .record({
    lengths: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }),
    widths: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 2 }),
    causal: fc.boolean(),
  })
  .map(({ lengths, widths, causal }): Example => {
    const total = (cuts: readonly number[]) => cuts.reduce((sum, length) => sum + length, 0);
    const shape = { rows: total(lengths), cols: total(widths) };
    const x = { ...shape, blockRows: lengths, blockCols: widths };
    return { f: (q, k, v) => nn.attention(q, k, v, { causal }), inputs: [x, x, x] };
  });

const losses = fc
  .record({ x: someDense, classes: fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 5 }) })
  .chain(({ x, classes }) => {
    const column = (backend: Backend) =>
      BlockMatrix.fromArray(backend, Int32Array.from(classes.slice(0, x.rows)), {
        rows: x.rows,
        cols: 1,
      });
    const fs: readonly Checked[] = [
      (x) => nn.softmaxCrossEntropy(x, column(x.backend)),
      (x, y) => nn.meanSquaredError(x, y),
      (x) =>
        nn.binaryCrossEntropy(
          x,
          nn.map(x, (x) => expr.less(0, x)),
        ),
    ];
    return fc.constantFrom(...fs).map((f): Example => ({ f, inputs: [x, x] }));
  });

/** Every kind of operation. */
export const operationFamilies: Readonly<Record<string, fc.Arbitrary<Example>>> = {
  "elementwise functions": elementwise,
  reductions,
  softmax: rowsOfSum1,
  "normalised rows": normalised,
  "rows by index": byIndex,
  "rearranged blocks": rearranged,
  products,
  attention: attended,
  losses,
};
