import { type Backend, BlockMatrix, BlockPattern, expr, gelu, relu, sigmoid } from "@blk/core";
import type { PoolingTableName } from "../src/images/pooling-tables.js";
import * as nn from "../src/index.js";
import { maxOverWindows, meanOverWindows } from "../src/ops/pooling.js";
import type { Checked } from "./gradient-check.js";
import { matrixOf } from "./matrices.js";

/** A function to check, and the inputs it is checked at. */
export interface OperationCase {
  readonly f: Checked;
  readonly inputs: () => readonly BlockMatrix[];
  /** Has no second derivative, or one that a difference quotient cannot see. */
  readonly isOnce?: true;
}

/** Every operation, with inputs of f64 on `backend`. */
export function operationCases(backend: Backend): Readonly<Record<string, OperationCase>> {
  const diagonal = { blockRows: 2, blockCols: 2, pattern: BlockPattern.diagonal(2) };
  const lower = { blockRows: 2, blockCols: 2, pattern: BlockPattern.lowerTriangular(2) };
  const dense = (rows: number, cols: number, seed = 1) => matrixOf(backend, rows, cols, seed);
  const sparse = (seed = 1, options = lower) => matrixOf(backend, 4, 4, seed, options);
  const cut = (rows: number, cols: number, seed = 1) =>
    matrixOf(backend, rows, cols, seed, { blockRows: 2, blockCols: [1, cols - 1] });
  /** Two sequences, the second of three rows, and two heads of two columns. */
  const sequences = (first: number, second: number, seed: number) =>
    matrixOf(backend, first + second, 4, seed, { blockRows: [first, second], blockCols: 2 });
  /** A convolution's weight: two places, two groups. */
  const groups = {
    blockRows: 1,
    pattern: BlockPattern.where(4, 2, (row, col) => row % 2 === col),
  };

  return {
    add: { f: nn.add, inputs: () => [dense(3, 2), dense(3, 2, 2)] },
    "sub of a row": { f: nn.sub, inputs: () => [dense(3, 2), dense(1, 2, 2)] },
    "mul of a column": { f: nn.mul, inputs: () => [dense(3, 2), dense(3, 1, 2)] },
    "div of a number": { f: nn.div, inputs: () => [dense(3, 2), dense(1, 1, 2)] },
    "mul of a row and a column": { f: nn.mul, inputs: () => [dense(3, 1), dense(1, 2, 2)] },
    "mul of sparse and dense": { f: nn.mul, inputs: () => [sparse(), dense(4, 4, 2)] },
    "add of sparse and dense": { f: nn.add, inputs: () => [sparse(), dense(4, 4, 2)] },
    "add of different blocks": { f: nn.add, inputs: () => [sparse(1, diagonal), sparse(2)] },
    "mul of sparse and a row": { f: nn.mul, inputs: () => [sparse(), dense(1, 4, 2)] },
    "exp of sparse": { f: (x) => nn.map(x, expr.exp), inputs: () => [sparse()] },
    maximum: { f: nn.maximum, inputs: () => [dense(3, 3), dense(3, 3, 2)] },
    minimum: { f: nn.minimum, inputs: () => [dense(3, 3), dense(3, 3, 2)] },
    scale: { f: (x) => nn.scale(x, -3), inputs: () => [cut(4, 3)] },
    "map of three": {
      f: (x, y, z) =>
        nn.map([x, y, z], (x, y, z) => expr.add(expr.mul(expr.tanh(x), y), expr.exp(z))),
      inputs: () => [cut(4, 3), dense(1, 3, 2), dense(4, 1, 3)],
    },
    "a variable used thrice": {
      f: (x) => nn.add(nn.mul(x, x), nn.transpose(x)),
      inputs: () => [dense(3, 3)],
    },
    "sum per row": { f: (x) => nn.sum(x, { per: "row" }), inputs: () => [cut(4, 3)] },
    "sum per column": { f: (x) => nn.sum(x, { per: "column" }), inputs: () => [sparse()] },
    "sum per block": { f: (x) => nn.sum(x, { per: "block" }), inputs: () => [cut(5, 3)] },
    "mean per row": { f: (x) => nn.mean(x, { per: "row" }), inputs: () => [dense(3, 4)] },
    "mean per block": { f: (x) => nn.mean(x, { per: "block" }), inputs: () => [cut(5, 3)] },
    "mean of present blocks": {
      f: (x) => nn.mean(x, { per: "column", absent: "skip" }),
      inputs: () => [sparse()],
    },
    "mean of sparse": { f: (x) => nn.mean(x), inputs: () => [sparse()] },
    "max per column": { f: (x) => nn.max(x, { per: "column" }), inputs: () => [cut(5, 3)] },
    "min per block": { f: (x) => nn.min(x, { per: "block" }), inputs: () => [cut(5, 3)] },
    "max of present blocks": {
      f: (x) => nn.max(x, { per: "row", absent: "skip" }),
      inputs: () => [sparse()],
    },
    "norm per row": { f: (x) => nn.norm(x, { per: "row" }), inputs: () => [dense(3, 4)] },
    "norm per block": { f: (x) => nn.norm(x, { per: "block" }), inputs: () => [cut(5, 3)] },
    "norm of sparse": { f: (x) => nn.norm(x), inputs: () => [sparse()] },
    "reduce of a function of two": {
      f: (x, y) =>
        nn.reduce([x, y], { op: "sum", per: "row", expr: (x, y) => expr.mul(x, expr.exp(y)) }),
      inputs: () => [dense(3, 4), dense(1, 4, 2)],
    },
    "softmax per row": { f: (x) => nn.softmax(x), inputs: () => [dense(3, 4)] },
    "softmax per column": { f: (x) => nn.softmax(x, { per: "column" }), inputs: () => [cut(4, 3)] },
    "masked softmax": { f: (x) => nn.softmax(x, { absent: "masked" }), inputs: () => [sparse()] },
    "normaliseRows to mean 0": {
      f: (x, gain, shift) => nn.normaliseRows(x, { gain, shift }),
      inputs: () => [cut(5, 4), dense(1, 4, 2), dense(1, 4, 3)],
    },
    "normaliseRows about 0": {
      f: (x, gain) => nn.normaliseRows(x, { gain, epsilon: 0.1 }),
      inputs: () => [dense(3, 5), dense(1, 5, 2)],
    },
    "normaliseRows of sparse": {
      f: (x, gain, shift) => nn.normaliseRows(x, { gain, shift }),
      inputs: () => [sparse(), dense(1, 4, 2), dense(1, 4, 3)],
    },
    gather: { f: (x) => nn.gather(x, [2, 0, 2, -1]), inputs: () => [cut(3, 2)] },
    "gather of columns": {
      f: (x) => nn.gather(x, [1, 1], { transpose: true }),
      inputs: () => [dense(3, 2)],
    },
    scatterAdd: {
      f: (x, y) => nn.scatterAdd(x, [1, 1, -1], y),
      inputs: () => [dense(2, 2), dense(3, 2, 2)],
    },
    block: { f: (x) => nn.block(x, 1, 1), inputs: () => [cut(5, 3)] },
    "block of sparse": { f: (x) => nn.block(x, 1, 0), inputs: () => [sparse()] },
    window: { f: (x) => nn.window(x, 1, 1, 2, 1), inputs: () => [cut(5, 3)] },
    "blocks, of which some are used": {
      f: (x) => {
        const [, second, third] = nn.blocks(x);
        return nn.matmul(second?.block as nn.Variable, third?.block as nn.Variable);
      },
      inputs: () => [sparse()],
    },
    assemble: {
      f: (x, y) =>
        nn.assemble([
          [x, y],
          [y, nn.mul(x, x)],
        ]),
      inputs: () => [dense(2, 2), dense(2, 2, 2)],
    },
    "assemble with zeros": {
      f: (x, y) =>
        nn.assemble([
          [x, null],
          [y, y],
        ]),
      inputs: () => [dense(2, 2), dense(1, 2, 2)],
    },
    blockDiagonal: {
      f: (x, y) => nn.blockDiagonal([x, nn.mul(y, y)]),
      inputs: () => [dense(2, 1), dense(1, 3, 2)],
    },
    repartition: { f: (x) => nn.repartition(x, { blockRows: 1 }), inputs: () => [sparse()] },
    toDense: { f: (x) => nn.toDense(nn.mul(x, x)), inputs: () => [sparse()] },
    restrict: {
      f: (x) => nn.restrict(nn.mul(x, x), BlockPattern.diagonal(2)),
      inputs: () => [sparse()],
    },
    "restrict of dense": {
      f: (x) => nn.restrict(x, BlockPattern.diagonal(2)),
      inputs: () => [matrixOf(backend, 4, 4, 1, { blockRows: 2, blockCols: 2 })],
    },
    "product with an epilogue": {
      f: (a, b, r) =>
        nn.matmul(a, b, {
          activation: relu,
          operands: [r],
          epilogue: (p, r) => expr.add(p, r),
        }),
      inputs: () => [dense(3, 2), dense(2, 4, 2), dense(1, 4, 3)],
    },
    "product with a gate": {
      f: (a, b, r) =>
        nn.matmul(a, b, { bias: r, operands: [r], epilogue: (p, r) => expr.mul(sigmoid(r), p) }),
      inputs: () => [dense(3, 2), dense(2, 4, 2), dense(3, 1, 3)],
    },
    "product of sparse and dense": {
      f: (a, b) => nn.matmul(a, b, { activation: expr.tanh }),
      inputs: () => [sparse(), dense(4, 3, 2)],
    },
    "product of dense and sparse, transposed": {
      f: (a, b) => nn.matmul(a, b, { transposeA: true, transposeB: true, activation: gelu }),
      inputs: () => [dense(4, 3), sparse(2)],
    },
    "product of two sparse": {
      f: (a, b) => nn.matmul(a, b, { transposeA: true }),
      inputs: () => [sparse(), sparse(2, diagonal)],
    },
    "sampled product": {
      f: (a, b) =>
        nn.matmul(a, b, { pattern: BlockPattern.diagonal(2), activation: sigmoid, alpha: 0.5 }),
      inputs: () => [
        matrixOf(backend, 4, 3, 1, { blockRows: 2 }),
        matrixOf(backend, 3, 4, 2, { blockCols: 2 }),
      ],
    },
    "product of windows": {
      f: (a, b) => nn.matmul(a, b, { ...windows(a.backend), activation: expr.tanh }),
      inputs: () => [dense(3, 2), dense(4, 3, 2)],
    },
    "product of windows with a sparse factor": {
      f: (a, b) => nn.matmul(nn.repartition(a, { blockCols: 1 }), b, windows(a.backend)),
      inputs: () => [dense(3, 2), matrixOf(backend, 4, 4, 2, { ...groups, blockCols: 2 })],
    },
    "product of rows side by side": {
      f: (a, b) =>
        nn.matmul(a, b, {
          rows: numbers(a.backend, [
            [0, 0],
            [2, -1],
            [0, 1],
          ]),
          activation: gelu,
        }),
      inputs: () => [dense(3, 2), dense(4, 2, 2)],
    },
    "gather of rows side by side": {
      f: (a) =>
        nn.gather(
          a,
          numbers(a.backend, [
            [0, 0],
            [2, -1],
          ]),
        ),
      inputs: () => [cut(3, 2)],
    },
    "largest of windows": {
      f: (x) => maxOverWindows(nn.map(x, expr.exp), pools(x.backend)),
      inputs: () => [dense(4, 2)],
    },
    "mean of windows": {
      f: (x) => meanOverWindows(nn.map(x, expr.exp), pools(x.backend)),
      inputs: () => [dense(4, 2)],
    },
    "attention of sequences": {
      f: (q, k, v) => nn.attention(q, k, v),
      inputs: () => [sequences(2, 3, 1), sequences(4, 3, 2), sequences(4, 3, 3)],
    },
    "causal attention": {
      f: (q, k, v) => nn.attention(q, k, v, { causal: true }),
      inputs: () => [sequences(2, 3, 1), sequences(2, 3, 2), sequences(2, 3, 3)],
    },
    reshape: { f: (x) => nn.reshape(x, { rows: 2, cols: 6 }), inputs: () => [cut(4, 3)] },
    "reshape of a window": {
      f: (x) => nn.reshape(nn.window(x, 1, 1, 2, 2), { rows: 1, cols: 4 }),
      inputs: () => [dense(4, 3)],
    },
    transposeParts: { f: (x) => nn.transposeParts(x, 2), inputs: () => [dense(4, 3)] },
    "transposeParts of sparse": { f: (x) => nn.transposeParts(x, 2), inputs: () => [sparse()] },
    "columns on the diagonal and back": {
      f: (x) => {
        const diagonal = nn.diagonalOfColumns(x);
        return nn.columnsOfDiagonal(nn.mul(diagonal, diagonal));
      },
      inputs: () => [cut(4, 3)],
    },
    "sampled product with an operand of its blocks": {
      f: (a, b, s) =>
        nn.matmul(a, b, {
          pattern: BlockPattern.diagonal(2),
          operands: [s],
          epilogue: (p, s) => expr.mul(expr.tanh(p), s),
        }),
      inputs: () => [
        matrixOf(backend, 4, 3, 1, { blockRows: 2 }),
        matrixOf(backend, 3, 4, 2, { blockCols: 2 }),
        sparse(3, diagonal),
      ],
    },
    "chain of layers": {
      f: (x, w, v) =>
        nn.matmul(nn.matmul(x, w, { activation: relu }), v, { activation: expr.tanh }),
      inputs: () => [dense(3, 4), sparse(2), dense(4, 2, 3)],
    },
    "softmax cross-entropy": {
      f: (x) => nn.softmaxCrossEntropy(x, classes(x.backend)),
      inputs: () => [dense(4, 3)],
    },
    "softmax cross-entropy of weights": {
      f: (x) => nn.softmaxCrossEntropy(x, weights(x)),
      inputs: () => [dense(4, 3)],
    },
    "mean squared error": { f: nn.meanSquaredError, inputs: () => [dense(3, 2), dense(3, 2, 2)] },
    "binary cross-entropy": {
      f: (x) =>
        nn.binaryCrossEntropy(
          x,
          nn.map(x, (x) => expr.less(0, x)),
        ),
      inputs: () => [dense(3, 2)],
    },
    checkpoint: {
      f: (x, w) =>
        nn.checkpoint((x, w) => nn.matmul(nn.mul(x, x), w, { activation: gelu }), [x, w]),
      inputs: () => [dense(3, 2), dense(2, 2, 2)],
      isOnce: true,
    },
  };
}

/** Whole numbers as they lie in tables of indices. */
function numbers(target: Backend, rows: readonly (readonly number[])[]): BlockMatrix {
  return BlockMatrix.fromRows(target, rows, { dtype: "i32" });
}

/** Windows of two on three pixels, the last of which reaches beyond them. */
function windows(target: Backend): Pick<nn.MatmulOptions, "rows" | "inverseRows"> {
  return {
    rows: numbers(target, [
      [0, 1],
      [1, 2],
      [2, -1],
    ]),
    inverseRows: numbers(target, [
      [0, -1],
      [1, 0],
      [2, 1],
    ]),
  };
}

/** Windows on four pixels, of two and of three: one pixel lies in both. */
function pools(target: Backend): Readonly<Record<PoolingTableName, BlockMatrix>> {
  return {
    rows: numbers(target, [
      [0, 1, -1],
      [1, 2, 3],
    ]),
    repeated: numbers(target, [
      [0, 1, 0],
      [1, 2, 3],
    ]),
    counts: numbers(target, [[2], [3]]),
    inverse: numbers(target, [
      [0, -1],
      [0, 1],
      [1, -1],
      [1, -1],
    ]),
    slots: numbers(target, [
      [0, -1],
      [1, 0],
      [1, -1],
      [2, -1],
    ]),
  };
}

/** Classes 0, 2, none, 1 as an i32 column. */
function classes(target: Backend): BlockMatrix {
  return BlockMatrix.fromArray(target, Int32Array.of(0, 2, -1, 1), { rows: 4, cols: 1 });
}

/** Weights of classes that do not sum to 1, on the backend and in the type of the scores. */
function weights({ backend: target, dtype, rows, cols }: nn.Variable): BlockMatrix {
  const data = Array.from({ length: rows * cols }, (_, i) => (i % 4) / 4);
  return BlockMatrix.fromArray(target, data, { rows, cols, dtype });
}
