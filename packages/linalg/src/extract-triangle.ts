import { type Backend, expr, type MatrixView } from "@blk/core";
import type { Scratch } from "./scratch.js";
import { placeViews } from "./views.js";

/**
 * `to ← ` one triangle (or trapezium) of `from`, with zeros elsewhere and, if `unit`, ones on the
 * diagonal. What is not of the triangle may be anything, NaN included. Exact up to 2²⁴ rows in f32.
 */
export function extractTriangle(
  backend: Backend,
  scratch: Scratch,
  from: MatrixView,
  to: MatrixView,
  { lower, unit = false }: { readonly lower: boolean; readonly unit?: boolean },
): void {
  const { dtype, rows, cols } = to;
  if (rows === 0 || cols === 0) return;
  const { row, col } = placeViews(backend, scratch, dtype, rows, cols);
  const [element, i, j] = [expr.input(0), expr.input(1), expr.input(2)];
  const isInside = lower ? expr.less(j, i) : expr.less(i, j);
  const onDiagonal = expr.select(expr.equal(i, j), unit ? 1 : element, 0);
  const inputs = [from, row, col];
  backend.map([{ inputs, out: to }], expr.select(isInside, element, onDiagonal));
}
