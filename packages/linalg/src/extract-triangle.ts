import { type Backend, expr, type MatrixView, newHostArray } from "@blk/core";
import type { Scratch } from "./scratch.js";

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
  const length = Math.max(rows, cols);
  const numbers = scratch.view(dtype, 1, length);
  const host = newHostArray(dtype, length);
  for (let i = 0; i < length; i++) host[i] = i;
  backend.write(numbers.buffer, host);
  const row = { ...numbers, rows, cols, rowStride: 1, colStride: 0 };
  const col = { ...numbers, rows, cols, rowStride: 0, colStride: 1 };
  const [element, i, j] = [expr.input(0), expr.input(1), expr.input(2)];
  const isInside = lower ? expr.less(j, i) : expr.less(i, j);
  const onDiagonal = expr.select(expr.equal(i, j), unit ? 1 : element, 0);
  const inputs = [from, row, col];
  backend.map([{ inputs, out: to }], expr.select(isInside, element, onDiagonal));
}
