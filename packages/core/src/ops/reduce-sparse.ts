/**
 * Reductions of one block-sparse operand. Time and memory are proportional to the present blocks,
 * the rows and the columns; what is absent enters as one constant for each result.
 */
import type { DeviceBuffer, MatrixView, Reduction } from "../backend.js";
import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { computeDType, type DType, newHostArray } from "../dtype.js";
import * as expr from "../expression/build.js";
import { valueAtZero } from "../expression/evaluate.js";
import type { Expr } from "../expression/expression.js";
import { convertHostArray } from "../host-data.js";
import type { Layout } from "../matrix-options.js";
import { Partition } from "../partition.js";
import { type SparseStorage, transposeStorage } from "../storage.js";
import { broadcastView, denseView, transposeView, windowView } from "../view.js";
import { denseViewOf } from "./operands.js";
import type { Problem } from "./reduce.js";

/** A present block that has elements. */
interface PresentBlock {
  /** Its first column. */
  readonly start: number;
  readonly view: MatrixView;
}

/** A row of the grid of blocks that has elements. */
export interface Strip {
  /** Its first row. */
  readonly start: number;
  readonly rows: number;
  readonly blocks: readonly PresentBlock[];
  /** Columns in absent blocks, and the first of them. */
  readonly absentCols: number;
  readonly firstAbsent: number;
}

/** The block rows of a block-sparse matrix, or with `transposed` its block columns. */
export function stripsOf(a: BlockMatrix, transposed: boolean, label: string): Strip[] {
  const own = a.storage(label) as SparseStorage;
  const { pattern, views } = transposed ? (transposeStorage(own) as SparseStorage) : own;
  const [rowCuts, colCuts] = transposed
    ? [a.colPartition.cuts, a.rowPartition.cuts]
    : [a.rowPartition.cuts, a.colPartition.cuts];
  const cols = colCuts[colCuts.length - 1] as number;
  const strips: Strip[] = [];
  for (let i = 0; i < pattern.rowCount; i++) {
    const start = rowCuts[i] as number;
    const rows = (rowCuts[i + 1] as number) - start;
    if (rows === 0) continue;
    const blocks: PresentBlock[] = [];
    let present = 0;
    let firstAbsent = 0;
    for (let k = pattern.rowStarts[i] as number; k < (pattern.rowStarts[i + 1] as number); k++) {
      const view = views[k] as MatrixView;
      if (view.cols === 0) continue;
      const block = { start: colCuts[pattern.cols[k] as number] as number, view };
      blocks.push(block);
      present += view.cols;
      if (block.start === firstAbsent) firstAbsent += view.cols;
    }
    strips.push({ start, rows, blocks, absentCols: cols - present, firstAbsent });
  }
  return strips;
}

/** For each row (or column), the number of its elements in present blocks. */
export function presentLengths(a: BlockMatrix, per: "row" | "column", label: string): number[] {
  const counts = new Array<number>(per === "row" ? a.rows : a.cols).fill(0);
  const total = per === "row" ? a.cols : a.rows;
  for (const { start, rows, absentCols } of stripsOf(a, per === "column", label)) {
    counts.fill(total - absentCols, start, start + rows);
  }
  return counts;
}

/** Any reduction of a block-sparse matrix but `argmax`, and that too for each block. */
export function reduceSparse(a: BlockMatrix, problem: Problem, layout: Layout): BlockMatrix {
  const { label, resultType, per } = problem;
  return allocateMatrix(a.backend, resultType, layout, label, (result) => {
    const out = denseViewOf(label, result);
    if (per === "block") reduceBlocks(a, problem, out);
    else if (per === "matrix") reduceAll(a, problem, out);
    else reduceStrips(a, problem, out);
  });
}

/** Each present block to a column of partial results, then each row of these to one. */
function reduceStrips(a: BlockMatrix, problem: Problem, result: MatrixView): void {
  const { e, op, per, label, partner } = problem;
  const { backend } = a;
  const transposed = per === "column";
  const upright = (view: MatrixView): MatrixView => (transposed ? transposeView(view) : view);
  const type = computeDType(a.dtype);
  const out = upright(result);
  const scales = partner === undefined ? undefined : upright(denseViewOf(label, partner));
  const strips = stripsOf(a, transposed, label).map((strip) => {
    const constant = absentValue(problem, strip.absentCols, type);
    return { ...strip, constant, width: strip.blocks.length + (constant === undefined ? 0 : 1) };
  });
  const total = strips.reduce((sum, { rows, width }) => sum + rows * width, 0);
  withPartials(a, type, total, label, (buffer) => {
    const constants = newHostArray(type, total);
    const partials: Reduction[] = [];
    const combinations: Reduction[] = [];
    let offset = 0;
    for (const { start, rows, blocks, constant, width } of strips) {
      // A view without elements may not begin beyond the end of its buffer.
      const partial = denseView(buffer, type, rows, width, width === 0 ? 0 : offset);
      const scale = scales && windowView(scales, start, 0, rows, 1);
      blocks.forEach(({ view }, k) => {
        const inputs = scale ? [view, broadcastView(scale, rows, view.cols)] : [view];
        partials.push({ inputs, out: windowView(partial, 0, k, rows, 1) });
      });
      if (constant !== undefined) {
        for (let i = 1; i <= rows; i++) constants[offset + i * width - 1] = constant;
      }
      combinations.push({ inputs: [partial], out: windowView(out, start, 0, rows, 1) });
      offset += rows * width;
    }
    if (strips.some(({ constant }) => constant !== undefined)) backend.write(buffer, constants);
    backend.reduce(partials, { expr: e, op });
    backend.reduce(combinations, { expr: expr.input(0), op });
  });
}

/** Each present block to a number, then all of these to one. */
function reduceAll(a: BlockMatrix, problem: Problem, out: MatrixView): void {
  const { e, op, label, partner } = problem;
  const { backend } = a;
  const type = computeDType(a.dtype);
  const strips = stripsOf(a, false, label);
  const absent = strips.reduce((sum, { rows, absentCols }) => sum + rows * absentCols, 0);
  const constant = absentValue(problem, absent, type);
  const views = strips.flatMap(({ blocks }) => blocks.map(({ view }) => view));
  const total = views.length + (constant === undefined ? 0 : 1);
  const scale = partner === undefined ? undefined : denseViewOf(label, partner);
  withPartials(a, type, total, label, (buffer) => {
    if (constant !== undefined) {
      const constants = newHostArray(type, total);
      constants[total - 1] = constant;
      backend.write(buffer, constants);
    }
    const partials = views.map((view, k) => ({
      inputs: scale ? [view, broadcastView(scale, view.rows, view.cols)] : [view],
      out: denseView(buffer, type, 1, 1, k),
    }));
    backend.reduce(partials, { expr: e, op });
    const inputs = [denseView(buffer, type, 1, total)];
    backend.reduce([{ inputs, out }], { expr: expr.input(0), op });
  });
}

/** A number for each place of the grid: that of an absent block everywhere, then the present ones. */
function reduceBlocks(a: BlockMatrix, problem: Problem, out: MatrixView): void {
  const { e, op, label, partner } = problem;
  const { backend } = a;
  fillAbsent(a, problem, out);
  const { pattern, views } = a.storage(label) as SparseStorage;
  const scales = partner === undefined ? undefined : denseViewOf(label, partner);
  const tasks: Reduction[] = [];
  for (const { row, col } of pattern.positions()) {
    const view = views[tasks.length] as MatrixView;
    const scale = scales && windowView(scales, row, col, 1, 1);
    const inputs = scale ? [view, broadcastView(scale, view.rows, view.cols)] : [view];
    tasks.push({ inputs, out: windowView(out, row, col, 1, 1) });
  }
  backend.reduce(tasks, { expr: e, op });
}

/** Writes what absent blocks give, as if all were absent. */
function fillAbsent(a: BlockMatrix, problem: Problem, out: MatrixView): void {
  const { e, op, absent, label, overAbsentBlock } = problem;
  const { backend, rowPartition, colPartition } = a;
  const type = computeDType(a.dtype);
  const nothing = overNothing(problem, type);
  if (absent === "skip") {
    const value = overAbsentBlock ?? nothing;
    backend.map([{ inputs: [], out }], expr.constant(value));
    return;
  }
  const zero = op === "argmax" ? 0 : valueAtZero(e, type);
  const isEmpty = (length: number): boolean => length === 0;
  const mayBeEmpty = rowPartition.lengths.some(isEmpty) || colPartition.lengths.some(isEmpty);
  if (op === "sum" ? zero === 0 : !mayBeEmpty) {
    backend.map([{ inputs: [], out }], expr.constant(zero));
    return;
  }
  const sizes = [Partition.whole(rowPartition.count), Partition.whole(colPartition.count)] as const;
  const one = Partition.whole(1);
  const lengths = (values: readonly number[], rows: Partition, cols: Partition): BlockMatrix =>
    allocateMatrix(
      backend,
      computeDType(out.dtype),
      { rowPartition: rows, colPartition: cols },
      label,
      (matrix, buffer) => backend.write(buffer, convertHostArray(values, matrix.dtype, label)),
    );
  const heights = lengths(rowPartition.lengths, sizes[0], one);
  try {
    const widths = lengths(colPartition.lengths, one, sizes[1]);
    try {
      const inputs = [heights, widths].map((x) =>
        broadcastView(denseViewOf(label, x), out.rows, out.cols),
      );
      const count = expr.mul(expr.input(0), expr.input(1));
      const value: Expr = op === "sum" ? expr.mul(zero, count) : expr.constant(zero);
      const hasElements = expr.mul(expr.less(0, expr.input(0)), expr.less(0, expr.input(1)));
      backend.map([{ inputs, out }], expr.select(hasElements, value, nothing));
    } finally {
      widths.dispose();
    }
  } finally {
    heights.dispose();
  }
}

/** Memory for `total` partial results, for as long as `use` runs. */
function withPartials(
  { backend }: BlockMatrix,
  type: DType,
  total: number,
  label: string,
  use: (buffer: DeviceBuffer) => void,
): void {
  const layout = { rowPartition: Partition.whole(1), colPartition: Partition.whole(total) };
  allocateMatrix(backend, type, layout, label, (_, buffer) => use(buffer)).dispose();
}

/** What `count` absent elements contribute, or `undefined` for nothing. */
function absentValue(problem: Problem, count: number, type: DType): number | undefined {
  const { e, op, absent } = problem;
  if (absent === "skip" || count === 0) return undefined;
  const value = valueAtZero(e, type);
  if (op !== "sum") return value;
  if (value === 0) return undefined;
  return type === "i32" ? Math.imul(value, count) : value * count;
}

function overNothing({ op }: Problem, type: DType): number {
  if (op === "sum") return 0;
  if (op === "argmax") return -1;
  const isInteger = type === "i32";
  if (op === "min") return isInteger ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY;
  return isInteger ? -(2 ** 31) : Number.NEGATIVE_INFINITY;
}
