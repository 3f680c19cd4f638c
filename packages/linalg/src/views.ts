/** Windows and single calls on them, as the algorithms write them. */
import {
  type Backend,
  type DType,
  expr,
  type MatrixView,
  newHostArray,
  windowView,
} from "@blk/core";
import type { Scratch } from "./scratch.js";

/** Rows `from` to `to` (exclusive) of a view. */
export function rowsOf(view: MatrixView, from: number, to: number): MatrixView {
  return windowView(view, from, 0, to - from, view.cols);
}

/** Columns `from` to `to` (exclusive) of a view. */
export function colsOf(view: MatrixView, from: number, to: number): MatrixView {
  return windowView(view, 0, from, view.rows, to - from);
}

/** The square window from `from` to `to` (exclusive) on the diagonal. */
export function diagonalOf(view: MatrixView, from: number, to: number): MatrixView {
  return windowView(view, from, from, to - from, to - from);
}

/** `c ← alpha·a·b + beta·c`; c overlaps neither. */
export function gemm(
  backend: Backend,
  c: MatrixView,
  a: MatrixView,
  b: MatrixView,
  { alpha = 1, beta = 0 }: { readonly alpha?: number; readonly beta?: number } = {},
): void {
  if (c.rows === 0 || c.cols === 0) return;
  backend.multiply([{ c, terms: [{ a, b }] }], { alpha, beta });
}

/** `to ← from`, which do not overlap. */
export function copy(backend: Backend, from: MatrixView, to: MatrixView): void {
  if (to.rows === 0 || to.cols === 0) return;
  backend.map([{ inputs: [from], out: to }], expr.input(0));
}

/** `view ← 0`. */
export function setZero(backend: Backend, view: MatrixView): void {
  if (view.rows === 0 || view.cols === 0) return;
  backend.map([{ inputs: [], out: view }], expr.constant(0));
}

/** `view ← ` the leading part of an identity. */
export function setIdentity(backend: Backend, scratch: Scratch, view: MatrixView): void {
  const { rows, cols, dtype } = view;
  if (rows === 0 || cols === 0) return;
  const { row, col } = placeViews(backend, scratch, dtype, rows, cols);
  backend.map([{ inputs: [row, col], out: view }], expr.equal(expr.input(0), expr.input(1)));
}

/** The number of its row, and of its column, for each element of a rows×cols matrix. */
export function placeViews(
  backend: Backend,
  scratch: Scratch,
  dtype: DType,
  rows: number,
  cols: number,
): { readonly row: MatrixView; readonly col: MatrixView } {
  const length = Math.max(rows, cols);
  const numbers = scratch.view(dtype, 1, length);
  const host = newHostArray(dtype, length);
  for (let i = 0; i < length; i++) host[i] = i;
  backend.write(numbers.buffer, host);
  return {
    row: { ...numbers, rows, cols, rowStride: 1, colStride: 0 },
    col: { ...numbers, rows, cols, rowStride: 0, colStride: 1 },
  };
}

/** Where recursion cuts `size`: half, a whole number of leaves on the left. */
export function half(size: number, leaf: number): number {
  return Math.ceil(size / 2 / leaf) * leaf;
}
