import type { Backend } from "../backend.js";
import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { BlockPattern, type PatternLike } from "../block-pattern.js";
import { checkOptions } from "../check-arguments.js";
import type { DType } from "../dtype.js";
import { BlkError } from "../errors.js";
import type { Expr } from "../expression/expression.js";
import { Partition } from "../partition.js";
import { BlockGrid, checkApart, checkPatternOf } from "../storage.js";
import { BlockFunction } from "./block-function.js";
import { type ElementFunction, expressionOf } from "./expression-of.js";
import { commonBackend, commonDType, commonPartition } from "./operands.js";
import { toDense } from "./to-dense.js";

/** Options of {@link map} and of the elementwise operations. */
export interface MapOptions {
  /** Element type of the result and of the arithmetic. Default: that of `out`, or of the operands. */
  readonly dtype?: DType;
  /** Writes into this matrix, which must not share memory with an operand, and returns it. */
  readonly out?: BlockMatrix;
  /** Computes exactly these blocks, whatever the absent ones would give: a block-sparse result. */
  readonly pattern?: PatternLike;
  /** The name in error messages. */
  readonly label?: string;
}

/**
 * `out[i, j] = fn(x[i, j], y[i, j], …)` in one pass over memory. Operands of one row or one column
 * are repeated to the common shape. Arithmetic happens in the element type of the result.
 *
 * Absent blocks are zero. The result is block-sparse if the function of absent blocks is zero
 * whatever the dense operands hold (`x·y` with one sparse operand; `x + y` with two), dense
 * otherwise; a structural zero annihilates, so 0·NaN in an absent block is absent.
 *
 * Throws `SHAPE`, `DTYPE`, `PARTITION`, `ALIAS`, `ARGUMENT`, `BACKEND_MISMATCH` or `DISPOSED`.
 *
 * ```ts
 * using y = map(x, expr.exp);
 * using z = map([x, y], (x, y) => expr.div(x, expr.add(1, expr.abs(y))));
 * ```
 */
export function map(
  operands: BlockMatrix | readonly BlockMatrix[],
  fn: ElementFunction,
  options: MapOptions = {},
): BlockMatrix {
  checkOptions("map", options, "such as { out }");
  const operation = options.label ?? "map";
  const list = Array.isArray(operands)
    ? (operands as readonly BlockMatrix[])
    : [operands as BlockMatrix];
  const backend = commonBackend(operation, options.out ? [...list, options.out] : list);
  if (options.out !== undefined) checkOut(operation, options.out, list, options);
  const dtype = options.dtype ?? options.out?.dtype ?? commonDType(operation, list);
  const expr = expressionOf(operation, fn, list.length, dtype);
  const [rows, cols] = list.length === 0 ? sizeOf(options.out) : commonShape(operation, list);

  // A sparse operand that is repeated has no place in the grid of blocks: make it dense.
  const temporaries: BlockMatrix[] = [];
  const fitting = list.map((x) => {
    if (!x.isSparse || (x.rows === rows && x.cols === cols)) return x;
    const dense = toDense(x);
    temporaries.push(dense);
    return dense;
  });
  try {
    const { out, pattern } = options;
    return mapFitting(operation, backend, fitting, expr, { dtype, out, pattern }, rows, cols);
  } finally {
    for (const temporary of temporaries) temporary.dispose();
  }
}

/** The common shape of operands, of which sizes of 1 are repeated. Throws `SHAPE`. */
export function commonShape(
  operation: string,
  operands: readonly BlockMatrix[],
): readonly [rows: number, cols: number] {
  let rows = 1;
  let cols = 1;
  for (const x of operands) {
    if (rows === 1) rows = x.rows;
    if (cols === 1) cols = x.cols;
  }
  for (const x of operands) {
    if ((x.rows !== rows && x.rows !== 1) || (x.cols !== cols && x.cols !== 1)) {
      const shapes = operands.map((y) => `${y.rows}×${y.cols}`).join(", ");
      throw new BlkError(
        "SHAPE",
        `${operation}: shapes ${shapes} do not fit together; each size must be equal or 1`,
        { details: { shapes } },
      );
    }
  }
  return [rows, cols];
}

function checkOut(
  operation: string,
  out: BlockMatrix,
  operands: readonly BlockMatrix[],
  { dtype, pattern }: MapOptions,
): void {
  if (dtype !== undefined && dtype !== out.dtype) {
    throw new BlkError(
      "DTYPE",
      `${operation}: dtype is ${dtype}, but out is ${out}; leave out one of them`,
    );
  }
  checkPatternOf(operation, out, pattern);
  checkApart(operation, out, operands);
}

function sizeOf(out: BlockMatrix | undefined): readonly [number, number] {
  if (out === undefined) throw new BlkError("ARGUMENT", "map: without operands, `out` is needed");
  return [out.rows, out.cols];
}

interface Resolved {
  readonly dtype: DType;
  readonly out: BlockMatrix | undefined;
  readonly pattern: PatternLike | undefined;
}

function mapFitting(
  operation: string,
  backend: Backend,
  operands: readonly BlockMatrix[],
  expr: Expr,
  options: Resolved,
  rows: number,
  cols: number,
): BlockMatrix {
  const { out } = options;
  if (out !== undefined && (out.rows !== rows || out.cols !== cols)) {
    throw new BlkError(
      "SHAPE",
      `${operation}: the result is ${rows}×${cols}, but out is ${out}; make out ${rows}×${cols}`,
    );
  }
  const peers = out === undefined ? operands : [...operands, out];
  const rowPartition = partitionOf(operation, "rows", peers, rows);
  const colPartition = partitionOf(operation, "columns", peers, cols);
  const blocks = new BlockFunction(
    operation,
    operands,
    expr,
    options.dtype,
    rowPartition,
    colPartition,
  );
  const pattern = out === undefined ? resultPattern(operation, blocks, options) : out.pattern;
  const layout = { rowPartition, colPartition, pattern };
  const run = (result: BlockMatrix): void => {
    const storage = result.storage(operation);
    if (storage.kind === "dense" && !blocks.readsSparse) {
      backend.map([{ inputs: blocks.wholeViews(), out: storage.view }], expr);
      return;
    }
    const target = new BlockGrid(storage, result, rowPartition, colPartition);
    for (const [form, tasks] of blocks.tasks(target)) {
      backend.map(tasks, form.expr);
    }
  };
  if (out === undefined) return allocateMatrix(backend, options.dtype, layout, operation, run);
  run(out);
  return out;
}

/** The pattern of a new result; `undefined` for a dense one. */
function resultPattern(
  operation: string,
  blocks: BlockFunction,
  { pattern }: Resolved,
): BlockPattern | undefined {
  const rowCount = blocks.rowPartition.count;
  const colCount = blocks.colPartition.count;
  if (pattern !== undefined) return BlockPattern.from(pattern, rowCount, colCount, operation);
  if (!blocks.isSparse) return undefined;
  return blocks.someSparse().filter((row, col) => !blocks.at(row, col).isZero);
}

/** What {@link partitionOf} calls the partitions in messages. */
const names = {
  rows: ["the rows of one operand", "those of another"],
  columns: ["the columns of one operand", "those of another"],
} as const;

/** The partition of all matrices that are not repeated in this dimension. */
function partitionOf(
  operation: string,
  dimension: "rows" | "columns",
  matrices: readonly BlockMatrix[],
  size: number,
): Partition {
  let common: Partition | undefined;
  for (const { rowPartition, colPartition } of matrices) {
    const own = dimension === "rows" ? rowPartition : colPartition;
    if (own.size !== size) continue;
    common = common === undefined ? own : commonPartition(operation, common, own, names[dimension]);
  }
  return common ?? Partition.whole(size);
}
