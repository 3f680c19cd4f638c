import type { Backend, Elementwise, Reduction, ReductionOp } from "../backend.js";
import { allocateMatrix, type BlockMatrix, type Layout } from "../block-matrix.js";
import { computeDType, type DType, describeValue } from "../dtype.js";
import { BlkError } from "../errors.js";
import * as expr from "../expression/build.js";
import { evaluate } from "../expression/evaluate.js";
import type { Expr } from "../expression/expression.js";
import { square } from "../expression/functions.js";
import { convertHostArray } from "../host-data.js";
import { Partition } from "../partition.js";
import { BlockGrid } from "../storage.js";
import { broadcastView, windowView } from "../view.js";
import { type ElementFunction, expressionOf } from "./expression-of.js";
import { commonShape, map } from "./map.js";
import { commonBackend, commonDType, denseViewOf } from "./operands.js";
import { toDense } from "./to-dense.js";

/** What one result stands for: a row, a column, a block of the grid, or the whole matrix. */
export type Per = "row" | "column" | "block" | "matrix";

/** Options of the reductions. */
export interface ReduceOptions {
  /** Default: `matrix`. The result is m×1, 1×n, a number for each block, or 1×1. */
  readonly per?: Per;
  /** Whether absent blocks count as zeros (the default) or not at all. */
  readonly absent?: "zero" | "skip";
  /** The name in error messages. */
  readonly label?: string;
}

/** Options of {@link reduce}. */
export interface GeneralReduceOptions extends ReduceOptions {
  readonly op: ReductionOp;
  /** Applied to the elements first, in the same pass. Default: the element itself. */
  readonly expr?: ElementFunction;
}

/**
 * Combines `expr(x, y, …)` over rows, columns, blocks or everything. Operands of one row or one
 * column are repeated. Over nothing, `sum` gives 0, `max` −∞, `min` +∞ (`i32`: its smallest and
 * largest number) and `argmax` −1. A sum's error is at most γₙ·Σ|x|, n the number of elements.
 *
 * Throws `ARGUMENT`, `SHAPE`, `DTYPE`, `BACKEND_MISMATCH` or `DISPOSED`.
 */
export function reduce(
  operands: BlockMatrix | readonly BlockMatrix[],
  options: GeneralReduceOptions,
): BlockMatrix {
  const { op, per = "matrix", absent = "zero", label = "reduce" } = options;
  const list = Array.isArray(operands)
    ? (operands as readonly BlockMatrix[])
    : [operands as BlockMatrix];
  checkChoice(label, "op", op, ["sum", "max", "min", "argmax"]);
  checkChoice(label, "per", per, ["row", "column", "block", "matrix"]);
  const backend = commonBackend(label, list);
  const dtype = commonDType(label, list);
  const e = expressionOf(label, options.expr ?? identity, list.length, dtype);
  const [only] = list;
  if (list.length === 1 && only?.isSparse === true && op !== "argmax") {
    return reduceSparse({ backend, a: only, e, op, per, absent, label });
  }
  const temporaries = list.filter((x) => x.isSparse).map((x) => [x, toDense(x)] as const);
  const dense = new Map(temporaries);
  try {
    const fitting = list.map((x) => dense.get(x) ?? x);
    return reduceDense(backend, fitting, e, op, per, dtype, label);
  } finally {
    for (const [, temporary] of temporaries) temporary.dispose();
  }
}

/** Σ x. */
export function sum(a: BlockMatrix, options?: ReduceOptions): BlockMatrix {
  return reduce(a, { label: "sum", ...options, op: "sum" });
}

/** The largest element; NaN if there is one. */
export function max(a: BlockMatrix, options?: ReduceOptions): BlockMatrix {
  return reduce(a, { label: "max", ...options, op: "max" });
}

/** The smallest element; NaN if there is one. */
export function min(a: BlockMatrix, options?: ReduceOptions): BlockMatrix {
  return reduce(a, { label: "min", ...options, op: "min" });
}

/**
 * The index (i32) of the largest element: the column for each row, the row for each column,
 * row·cols + col otherwise (within the block for each block). The first of equals; the first NaN
 * counts as the largest.
 */
export function argmax(a: BlockMatrix, options?: ReduceOptions): BlockMatrix {
  return reduce(a, { label: "argmax", ...options, op: "argmax" });
}

/** The arithmetic mean; NaN over nothing. Floating point only. */
export function mean(a: BlockMatrix, options: ReduceOptions = {}): BlockMatrix {
  const { per = "matrix" } = options;
  const total = sum(a, { label: "mean", ...options });
  try {
    if (per === "block") return meanOfBlocks(a, total);
    const count = { row: a.cols, column: a.rows, matrix: a.rows * a.cols }[per];
    return map(total, (x) => expr.div(x, count), { label: "mean" });
  } finally {
    total.dispose();
  }
}

/**
 * The Euclidean norm √Σx² (of a matrix: Frobenius). Elements are scaled by the largest of them
 * first, so that no square overflows or underflows. Floating point only.
 */
export function norm(a: BlockMatrix, options: ReduceOptions = {}): BlockMatrix {
  const { per = "matrix" } = options;
  if (per === "block" || a.isSparse) return unscaledNorm(a, options);
  const largest = reduce(a, { label: "norm", ...options, op: "max", expr: expr.abs });
  let squares: BlockMatrix | undefined;
  try {
    squares = reduce([a, largest], {
      label: "norm",
      per,
      op: "sum",
      expr: (x, m) => {
        const ratio = expr.div(x, expr.select(isUsable(m), m, 1));
        return expr.mul(ratio, ratio);
      },
    });
    return map(
      [largest, squares],
      // Without elements the largest is −∞ and the norm 0.
      (m, s) =>
        expr.select(isUsable(m), expr.mul(m, expr.sqrt(s)), expr.select(expr.less(m, 0), 0, m)),
      { label: "norm" },
    );
  } finally {
    largest.dispose();
    squares?.dispose();
  }
}

function identity(x: Expr): Expr {
  return x;
}

/** Whether a largest magnitude can divide: positive, finite. */
function isUsable(m: Expr): Expr {
  return expr.mul(expr.less(0, m), expr.less(m, Number.POSITIVE_INFINITY));
}

function unscaledNorm(a: BlockMatrix, options: ReduceOptions): BlockMatrix {
  const squares = reduce(a, {
    label: "norm",
    ...options,
    op: "sum",
    expr: square,
  });
  try {
    return map(squares, expr.sqrt, { label: "norm" });
  } finally {
    squares.dispose();
  }
}

function meanOfBlocks(a: BlockMatrix, total: BlockMatrix): BlockMatrix {
  const { rowPartition, colPartition, backend } = a;
  const lengths = (partition: Partition): Float64Array => Float64Array.from(partition.lengths);
  const column = uploaded(backend, a.dtype, lengths(rowPartition), rowPartition.count, 1);
  const row = uploaded(backend, a.dtype, lengths(colPartition), 1, colPartition.count);
  try {
    return map([total, column, row], (x, m, n) => expr.div(x, expr.mul(m, n)), { label: "mean" });
  } finally {
    column.dispose();
    row.dispose();
  }
}

function uploaded(
  backend: Backend,
  dtype: DType,
  values: Float64Array,
  rows: number,
  cols: number,
): BlockMatrix {
  const layout = { rowPartition: Partition.whole(rows), colPartition: Partition.whole(cols) };
  return allocateMatrix(backend, dtype, layout, "mean", (_, buffer) => {
    backend.write(buffer, convertHostArray(values, dtype, "mean"));
  });
}

function resultLayout(per: Per, rowPartition: Partition, colPartition: Partition): Layout {
  const one = Partition.whole(1);
  switch (per) {
    case "row":
      return { rowPartition, colPartition: one };
    case "column":
      return { rowPartition: one, colPartition };
    case "matrix":
      return { rowPartition: one, colPartition: one };
    case "block":
      return {
        rowPartition: Partition.whole(rowPartition.count),
        colPartition: Partition.whole(colPartition.count),
      };
  }
}

function reduceDense(
  backend: Backend,
  operands: readonly BlockMatrix[],
  e: Expr,
  op: ReductionOp,
  per: Per,
  dtype: DType,
  label: string,
): BlockMatrix {
  const [rows, cols] = commonShape(label, operands);
  const full = operands.find((x) => x.rows === rows && x.cols === cols);
  const rowPartition = full?.rowPartition ?? Partition.whole(rows);
  const colPartition = full?.colPartition ?? Partition.whole(cols);
  const layout = resultLayout(per, rowPartition, colPartition);
  const resultType = op === "argmax" ? "i32" : dtype;
  return allocateMatrix(backend, resultType, layout, label, (result) => {
    const out = denseViewOf(label, result);
    const inputs = operands.map((x) => broadcastView(denseViewOf(label, x), rows, cols));
    if (per !== "block") {
      backend.reduce([{ inputs, out }], { expr: e, op });
      return;
    }
    const tasks: Reduction[] = [];
    for (let i = 0; i < rowPartition.count; i++) {
      for (let j = 0; j < colPartition.count; j++) {
        const size = [rowPartition.length(i), colPartition.length(j)] as const;
        const at = [rowPartition.start(i), colPartition.start(j)] as const;
        const windows = inputs.map((view) => windowView(view, ...at, ...size));
        tasks.push({ inputs: windows, out: windowView(out, i, j, 1, 1) });
      }
    }
    backend.reduce(tasks, { expr: e, op });
  });
}

interface SparseReduction {
  readonly backend: Backend;
  readonly a: BlockMatrix;
  readonly e: Expr;
  readonly op: Exclude<ReductionOp, "argmax">;
  readonly per: Per;
  readonly absent: "zero" | "skip";
  readonly label: string;
}

/**
 * Two steps: each block to a partial result (m×blocks for rows, blocks×n for columns, a grid of
 * numbers otherwise), then these to the result. Absent blocks contribute a constant.
 */
function reduceSparse({ backend, a, e, op, per, absent, label }: SparseReduction): BlockMatrix {
  const { rowPartition, colPartition, dtype } = a;
  const grid = Partition.whole(rowPartition.count);
  const gridCols = Partition.whole(colPartition.count);
  const partialLayout: Layout = {
    rowPartition: per === "row" ? rowPartition : grid,
    colPartition: per === "column" ? colPartition : gridCols,
  };
  const partial = allocateMatrix(backend, dtype, partialLayout, label, (result) => {
    const out = denseViewOf(label, result);
    const blocks = new BlockGrid(a.storage(label), a);
    const tasks: Reduction[] = [];
    const fills = new Map<number, Elementwise[]>();
    for (let i = 0; i < rowPartition.count; i++) {
      for (let j = 0; j < colPartition.count; j++) {
        const rows = rowPartition.length(i);
        const cols = colPartition.length(j);
        const target = windowView(
          out,
          per === "row" ? rowPartition.start(i) : i,
          per === "column" ? colPartition.start(j) : j,
          per === "row" ? rows : 1,
          per === "column" ? cols : 1,
        );
        const view = blocks.view(i, j);
        if (view !== undefined) {
          tasks.push({ inputs: [view], out: target });
          continue;
        }
        const count = (per === "row" ? 1 : rows) * (per === "column" ? 1 : cols);
        const value = absentValue(e, op, absent === "skip" ? 0 : count, dtype);
        const list = fills.get(value) ?? [];
        list.push({ inputs: [], out: target });
        fills.set(value, list);
      }
    }
    for (const [value, list] of fills) backend.map(list, expr.constant(value));
    if (tasks.length > 0) backend.reduce(tasks, { expr: e, op });
  });
  if (per === "block") return partial;
  try {
    return reduceDense(backend, [partial], expr.input(0), op, per, dtype, label);
  } finally {
    partial.dispose();
  }
}

/** What `count` absent elements contribute. */
function absentValue(e: Expr, op: "sum" | "max" | "min", count: number, dtype: DType): number {
  if (op === "sum") return count === 0 ? 0 : evaluate(e, [0]) * count;
  if (count > 0) return evaluate(e, [0]);
  const isInteger = computeDType(dtype) === "i32";
  const largest = isInteger ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY;
  return op === "min" ? largest : isInteger ? -(2 ** 31) : -largest;
}

function checkChoice(label: string, name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new BlkError(
    "ARGUMENT",
    `${label}: expected ${name} to be one of ${choices.join(", ")}, got ${describeValue(value)}`,
  );
}
