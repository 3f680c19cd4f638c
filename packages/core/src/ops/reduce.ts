import type { Reduction, ReductionOp } from "../backend.js";
import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { checkOptions } from "../check-arguments.js";
import { checkDType, computeDType, type DType } from "../dtype.js";
import { BlkError } from "../errors.js";
import * as expr from "../expression/build.js";
import type { Expr } from "../expression/expression.js";
import { convertHostArray } from "../host-data.js";
import type { Layout } from "../matrix-options.js";
import { Partition } from "../partition.js";
import { scope } from "../scope.js";
import { broadcastView, windowView } from "../view.js";
import { argmaxSparse } from "./argmax-sparse.js";
import { type ElementFunction, expressionOf } from "./expression-of.js";
import { commonShape, map } from "./map.js";
import {
  checkChoice,
  checkFloatingPoint,
  commonBackend,
  commonDType,
  denseViewOf,
} from "./operands.js";
import { presentLengths, reduceSparse } from "./reduce-sparse.js";
import { toDense } from "./to-dense.js";

/** What one result stands for: a row, a column, a block of the grid, or the whole matrix. */
export type Per = "row" | "column" | "block" | "matrix";

/** Options of the reductions. */
export interface ReduceOptions {
  /** Default: `matrix`. The result is m×1, 1×n, a number for each block, or 1×1. */
  readonly per?: Per;
  /** Whether absent blocks count as zeros (the default) or not at all. */
  readonly absent?: "zero" | "skip";
  /**
   * Element type of the result, one of the same arithmetic. Default: that of the operands (`argmax`:
   * `i32`). A sum of f16 is rounded to f16 once, at its end, and is infinite beyond 65,504: ask for
   * `f32` where it may be larger.
   */
  readonly dtype?: DType;
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
 * Of one block-sparse operand, time and memory are those of its present blocks.
 *
 * Throws `ARGUMENT`, `SHAPE`, `DTYPE`, `BACKEND_MISMATCH` or `DISPOSED`.
 */
export function reduce(
  operands: BlockMatrix | readonly BlockMatrix[],
  options: GeneralReduceOptions,
): BlockMatrix {
  checkOptions(options?.label ?? "reduce", options, 'such as { op: "sum", per: "row" }');
  const { op, per = "matrix", absent = "zero", label = "reduce" } = options;
  const list = Array.isArray(operands)
    ? (operands as readonly BlockMatrix[])
    : [operands as BlockMatrix];
  checkChoice(label, "op", op, ["sum", "max", "min", "argmax"]);
  checkChoice(label, "per", per, ["row", "column", "block", "matrix"]);
  checkChoice(label, "absent", absent, ["zero", "skip"]);
  commonBackend(label, list);
  const dtype = commonDType(label, list);
  const e = expressionOf(label, options.expr ?? identity, list.length, dtype);
  const resultType = resultTypeOf(label, op === "argmax" ? "i32" : dtype, options.dtype);
  const problem: Problem = { e, op, per, absent, label, resultType };
  if (list.length === 1) return reduceOne(list[0] as BlockMatrix, problem);
  const sparse = list.filter((x) => x.isSparse);
  if (sparse.length > 0 && absent === "skip") {
    throw new BlkError(
      "ARGUMENT",
      `${label}: absent "skip" is defined for one operand, got ${list.length}, of which ${sparse[0]} is block-sparse; combine them with map() first`,
    );
  }
  const dense = new Map<BlockMatrix, BlockMatrix>();
  try {
    for (const x of sparse) if (!dense.has(x)) dense.set(x, toDense(x));
    return reduceDense(
      list.map((x) => dense.get(x) ?? x),
      problem,
    );
  } finally {
    for (const temporary of dense.values()) temporary.dispose();
  }
}

/** Σ x. Of f16, see `dtype` of {@link ReduceOptions}. */
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
 * counts as the largest. −1 over nothing.
 */
export function argmax(a: BlockMatrix, options?: ReduceOptions): BlockMatrix {
  return reduce(a, { label: "argmax", ...options, op: "argmax" });
}

/**
 * The arithmetic mean; NaN over nothing. With `absent: "skip"`, of the elements of present blocks.
 * Floating point only.
 */
export function mean(a: BlockMatrix, options: ReduceOptions = {}): BlockMatrix {
  checkOptions("mean", options, 'such as { per: "row" }');
  const { per = "matrix", absent = "zero", label = "mean" } = options;
  checkFloatingPoint(label, a);
  checkChoice(label, "per", per, ["row", "column", "block", "matrix"]);
  checkChoice(label, "absent", absent, ["zero", "skip"]);
  const resultType = resultTypeOf(label, a.dtype, options.dtype);
  return scope(() => {
    const type = computeDType(a.dtype);
    const problem: Problem = { e: expr.input(0), op: "sum", per, absent, label, resultType: type };
    const total = reduceOne(a, { ...problem, overAbsentBlock: Number.NaN });
    const counts = countsOf(a, per, absent, label);
    return map(
      [total, ...counts],
      (x, ...factors) =>
        expr.div(
          x,
          factors.reduce((m, n) => expr.mul(m, n)),
        ),
      { label, dtype: resultType },
    );
  });
}

/**
 * The Euclidean norm √Σx² (of a matrix: Frobenius). Elements are scaled by the largest of them
 * first, so that no square overflows or underflows. Floating point only.
 */
export function norm(a: BlockMatrix, options: ReduceOptions = {}): BlockMatrix {
  checkOptions("norm", options, 'such as { per: "row" }');
  const { per = "matrix", absent = "zero", label = "norm" } = options;
  checkFloatingPoint(label, a);
  checkChoice(label, "per", per, ["row", "column", "block", "matrix"]);
  checkChoice(label, "absent", absent, ["zero", "skip"]);
  const resultType = resultTypeOf(label, a.dtype, options.dtype);
  return scope(() => {
    const [x, m] = [expr.input(0), expr.input(1)];
    // Zeros add nothing to a norm, so absent blocks need not be looked at.
    const over = { per, absent: "skip", label, resultType: computeDType(a.dtype) } as const;
    const largest = reduceOne(a, { ...over, e: expr.abs(x), op: "max" });
    const ratio = expr.div(x, expr.select(isUsable(m), m, 1));
    const e = expr.mul(ratio, ratio);
    const squares = reduceOne(a, { ...over, e, op: "sum", partner: largest });
    return map(
      [largest, squares],
      // Without elements the largest is −∞ and the norm 0.
      (m, s) =>
        expr.select(isUsable(m), expr.mul(m, expr.sqrt(s)), expr.select(expr.less(m, 0), 0, m)),
      { label, dtype: resultType },
    );
  });
}

/** The element type of a result: the one asked for, if the arithmetic can store it. */
function resultTypeOf(label: string, usual: DType, wanted: DType | undefined): DType {
  if (wanted === undefined) return usual;
  checkDType(label, wanted);
  if (computeDType(wanted) === computeDType(usual)) return wanted;
  throw new BlkError(
    "DTYPE",
    `${label}: a result of ${usual} cannot be stored as ${wanted}; leave dtype out and cast() the result, or cast() the operands first`,
  );
}

function identity(x: Expr): Expr {
  return x;
}

/** Whether a largest magnitude can divide: positive, finite. */
function isUsable(m: Expr): Expr {
  return expr.mul(expr.less(0, m), expr.less(m, Number.POSITIVE_INFINITY));
}

/** A reduction whose options are checked. */
export interface Problem {
  readonly e: Expr;
  readonly op: ReductionOp;
  readonly per: Per;
  readonly absent: "zero" | "skip";
  readonly label: string;
  readonly resultType: DType;
  /** The last operand of `e`: an earlier result of the same `per`, repeated over what it stands for. */
  readonly partner?: BlockMatrix;
  /** The result for an absent block that is skipped, per block. Default: that over nothing. */
  readonly overAbsentBlock?: number;
}

function reduceOne(a: BlockMatrix, problem: Problem): BlockMatrix {
  const { rowPartition, colPartition } = a;
  if (!a.isSparse) return reduceDense([a], problem);
  const layout = resultLayout(problem.per, rowPartition, colPartition);
  const hasPlaces = problem.op === "argmax" && problem.per !== "block";
  return hasPlaces ? argmaxSparse(a, problem, layout) : reduceSparse(a, problem, layout);
}

/** The factors of the number of elements behind each result, as operands that repeat. */
function countsOf(a: BlockMatrix, per: Per, absent: "zero" | "skip", label: string): BlockMatrix[] {
  const { rowPartition, colPartition, rows, cols } = a;
  const column = (values: readonly number[]): BlockMatrix =>
    uploaded(a, values, rowPartitionOf(values.length), Partition.whole(1), label);
  const row = (values: readonly number[]): BlockMatrix =>
    uploaded(a, values, Partition.whole(1), rowPartitionOf(values.length), label);
  const rowPartitionOf = (length: number): Partition =>
    length === rows && per === "row"
      ? rowPartition
      : length === cols && per === "column"
        ? colPartition
        : Partition.whole(length);
  const skips = absent === "skip" && a.isSparse;
  switch (per) {
    case "row":
      return [skips ? column(presentLengths(a, "row", label)) : column([cols])];
    case "column":
      return [skips ? row(presentLengths(a, "column", label)) : row([rows])];
    case "block":
      return [column(rowPartition.lengths), row(colPartition.lengths)];
    case "matrix": {
      const present = skips ? presentLengths(a, "row", label) : [rows * cols];
      return [column([present.reduce((x, y) => x + y, 0)])];
    }
  }
}

function uploaded(
  { backend, dtype }: BlockMatrix,
  values: readonly number[],
  rowPartition: Partition,
  colPartition: Partition,
  label: string,
): BlockMatrix {
  const type = computeDType(dtype);
  return allocateMatrix(backend, type, { rowPartition, colPartition }, label, (_, buffer) => {
    backend.write(buffer, convertHostArray(values, type, label));
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
  operands: readonly BlockMatrix[],
  { e, op, per, label, resultType, partner }: Problem,
): BlockMatrix {
  const { backend } = operands[0] as BlockMatrix;
  const [rows, cols] = commonShape(label, operands);
  const full = operands.find((x) => x.rows === rows && x.cols === cols);
  const rowPartition = full?.rowPartition ?? Partition.whole(rows);
  const colPartition = full?.colPartition ?? Partition.whole(cols);
  const layout = resultLayout(per, rowPartition, colPartition);
  return allocateMatrix(backend, resultType, layout, label, (result) => {
    const out = denseViewOf(label, result);
    const inputs = operands.map((x) => broadcastView(denseViewOf(label, x), rows, cols));
    const results = partner === undefined ? undefined : denseViewOf(label, partner);
    if (per !== "block") {
      const last = results === undefined ? [] : [broadcastView(results, rows, cols)];
      backend.reduce([{ inputs: [...inputs, ...last], out }], { expr: e, op });
      return;
    }
    const tasks: Reduction[] = [];
    for (let i = 0; i < rowPartition.count; i++) {
      for (let j = 0; j < colPartition.count; j++) {
        const size = [rowPartition.length(i), colPartition.length(j)] as const;
        const at = [rowPartition.start(i), colPartition.start(j)] as const;
        const windows = inputs.map((view) => windowView(view, ...at, ...size));
        if (results !== undefined) {
          windows.push(broadcastView(windowView(results, i, j, 1, 1), ...size));
        }
        tasks.push({ inputs: windows, out: windowView(out, i, j, 1, 1) });
      }
    }
    backend.reduce(tasks, { expr: e, op });
  });
}
