import type { Elementwise, MatrixView, Reduction } from "../backend.js";
import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { computeDType, type DType, type HostArray, newHostArray } from "../dtype.js";
import * as expr from "../expression/build.js";
import { valueAtZero } from "../expression/evaluate.js";
import type { Expr } from "../expression/expression.js";
import type { Layout } from "../matrix-options.js";
import { Partition } from "../partition.js";
import { scope } from "../scope.js";
import { broadcastView, denseView, transposeView, windowView } from "../view.js";
import { denseViewOf } from "./operands.js";
import type { Problem } from "./reduce.js";
import { stripsOf } from "./reduce-sparse.js";

/** Larger than any index. */
const none = 2 ** 31 - 1;

/**
 * `argmax` of a block-sparse matrix for each row, each column or everything. For each row of each
 * present block it finds the largest value and its place; the absent columns of a row enter as one
 * more candidate, the first of them. Of the candidates of a row that equal the largest, the
 * smallest place wins.
 */
export function argmaxSparse(a: BlockMatrix, problem: Problem, layout: Layout): BlockMatrix {
  const { per, label } = problem;
  const { backend } = a;
  return scope(() =>
    allocateMatrix(backend, "i32", layout, label, (result) => {
      const view = denseViewOf(label, result);
      const out = per === "column" ? transposeView(view) : view;
      backend.map([{ inputs: [], out }], expr.constant(-1));
      const rows = largestOfRows(a, problem);
      if (per === "matrix") {
        if (rows.numbers.length > 0) firstOfAll(a, rows, label, out);
        return;
      }
      let top = 0;
      const copies: Elementwise[] = [];
      for (const { start, length } of rows.ranges) {
        const inputs = [windowView(rows.places, top, 0, length, 1)];
        copies.push({ inputs, out: windowView(out, start, 0, length, 1) });
        top += length;
      }
      backend.map(copies, expr.input(0));
    }),
  );
}

/** The largest values of those rows that have a candidate, one below the other. */
interface LargestOfRows {
  /** The values, a column. */
  readonly values: MatrixView;
  /** The column of each, a column. */
  readonly places: MatrixView;
  /** The row of each, and these as ranges. */
  readonly numbers: readonly number[];
  readonly ranges: readonly { readonly start: number; readonly length: number }[];
}

function largestOfRows(a: BlockMatrix, problem: Problem): LargestOfRows {
  const { e, per, absent, label } = problem;
  const { backend } = a;
  const type = computeDType(a.dtype);
  const strips = stripsOf(a, per === "column", label)
    .map((strip) => ({ ...strip, isMixed: absent === "zero" && strip.absentCols > 0 }))
    .map((strip) => ({ ...strip, width: strip.blocks.length + (strip.isMixed ? 1 : 0) }))
    .filter(({ width }) => width > 0);
  const total = strips.reduce((sum, { rows, width }) => sum + rows * width, 0);
  const numbers = strips.flatMap(({ start, rows }) =>
    Array.from({ length: rows }, (_, i) => start + i),
  );

  const largest = newHostArray(type, total).fill(valueAtZero(e, type));
  const origins = newHostArray("i32", total);
  const largestView = uploaded(a, type, largest, label);
  const localView = uploaded(a, "i32", newHostArray("i32", total), label);
  const matchView = uploaded(a, type, undefined, label, total);
  const values = uploaded(a, type, undefined, label, numbers.length);
  const places = uploaded(a, "i32", undefined, label, numbers.length);
  const candidates: Reduction[] = [];
  const local: Reduction[] = [];
  const best: Reduction[] = [];
  const matches: Elementwise[] = [];
  const firsts: {
    readonly offset: number;
    readonly rows: number;
    readonly width: number;
    readonly out: MatrixView;
  }[] = [];
  let offset = 0;
  let top = 0;
  for (const { rows, blocks, width, isMixed, firstAbsent } of strips) {
    const part = (view: MatrixView): MatrixView =>
      denseView(view.buffer, view.dtype, rows, width, offset);
    blocks.forEach(({ view, start }, k) => {
      const inputs = [view];
      candidates.push({ inputs, out: windowView(part(largestView), 0, k, rows, 1) });
      local.push({ inputs, out: windowView(part(localView), 0, k, rows, 1) });
      for (let i = 0; i < rows; i++) origins[offset + i * width + k] = start;
    });
    if (isMixed) for (let i = 1; i <= rows; i++) origins[offset + i * width - 1] = firstAbsent;
    const value = windowView(values, top, 0, rows, 1);
    best.push({ inputs: [part(largestView)], out: value });
    matches.push({
      inputs: [part(largestView), broadcastView(value, rows, width)],
      out: part(matchView),
    });
    firsts.push({ offset, rows, width, out: windowView(places, top, 0, rows, 1) });
    offset += rows * width;
    top += rows;
  }
  const originView = uploaded(a, "i32", origins, label);
  const placeView = uploaded(a, "i32", undefined, label, total);
  const [x, y, z] = [expr.input(0), expr.input(1), expr.input(2)];
  backend.reduce(candidates, { expr: e, op: "max" });
  backend.reduce(local, { expr: e, op: "argmax" });
  backend.reduce(best, { expr: x, op: "max" });
  backend.map(matches, isSame(x, y));
  backend.map(
    [{ inputs: [matchView, localView, originView], out: placeView }],
    expr.select(x, expr.add(y, z), none),
  );
  const smallest = firsts.map(({ offset, rows, width, out }) => ({
    inputs: [denseView(placeView.buffer, "i32", rows, width, offset)],
    out,
  }));
  backend.reduce(smallest, { expr: x, op: "min" });
  const ranges = strips.map(({ start, rows }) => ({ start, length: rows }));
  return { values, places, numbers, ranges };
}

/** Whether x = y, where NaN equals NaN. */
function isSame(x: Expr, y: Expr): Expr {
  const isNumber = (value: Expr): Expr => expr.equal(value, value);
  return expr.select(isNumber(y), expr.equal(x, y), expr.select(isNumber(x), 0, 1));
}

/** row·cols + col of the first largest of all rows. */
function firstOfAll(a: BlockMatrix, rows: LargestOfRows, label: string, out: MatrixView): void {
  const { backend } = a;
  const numbers = uploaded(a, "i32", Int32Array.from(rows.numbers), label);
  const [which, row, col] = [0, 1, 2].map(() => uploaded(a, "i32", undefined, label, 1));
  if (which === undefined || row === undefined || col === undefined) return;
  backend.reduce([{ inputs: [rows.values], out: which }], { expr: expr.input(0), op: "argmax" });
  backend.gather(numbers, which, row);
  backend.gather(rows.places, which, col);
  const index = expr.add(expr.mul(expr.input(0), a.cols), expr.input(1));
  backend.map([{ inputs: [row, col], out }], index);
}

/** A column of numbers in memory of its own, which the running scope frees. */
function uploaded(
  { backend }: BlockMatrix,
  type: DType,
  values: HostArray | undefined,
  label: string,
  length = values?.length ?? 0,
): MatrixView {
  const layout = { rowPartition: Partition.whole(length), colPartition: Partition.whole(1) };
  const column = allocateMatrix(backend, type, layout, label, (_, buffer) => {
    if (values !== undefined) backend.write(buffer, values);
  });
  return denseViewOf(label, column);
}
