/** Windows and single calls on them, as the algorithms write them. */
import { type Backend, expr, type MatrixView, windowView } from "@blk/core";

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

/** Where recursion cuts `size`: half, a whole number of leaves on the left. */
export function half(size: number, leaf: number): number {
  return Math.ceil(size / 2 / leaf) * leaf;
}
