import { type Backend, bytesPerElement, denseView, type MatrixView } from "@blk/core";
import { copy } from "./views.js";

/**
 * Swaps row i of `view` with row `pivots[i]`, for i from `from` to `to` (exclusive) in this order: a
 * sequence of interchanges as LAPACK's laswp does it.
 */
export function swapRows(
  backend: Backend,
  view: MatrixView,
  pivots: Int32Array,
  from: number,
  to: number,
): void {
  if (view.cols === 0) return;
  if (backend.hostMemory === undefined) {
    permuteRows(backend, view, permutationOf(pivots, view.rows, from, to));
    return;
  }
  const memory = backend.hostMemory(view.buffer, view.dtype);
  const { offset, rowStride, colStride, cols } = view;
  for (let i = from; i < to; i++) {
    const pivot = pivots[i] as number;
    if (pivot === i) continue;
    let p = offset + i * rowStride;
    let q = offset + pivot * rowStride;
    for (let j = 0; j < cols; j++, p += colStride, q += colStride) {
      const held = memory[p] as number;
      memory[p] = memory[q] as number;
      memory[q] = held;
    }
  }
}

/** Element i is the row that the interchanges bring to row i. */
export function permutationOf(
  pivots: Int32Array,
  rows: number,
  from = 0,
  to: number = pivots.length,
): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  for (let i = from; i < to; i++) {
    const pivot = pivots[i] as number;
    const held = order[i] as number;
    order[i] = order[pivot] as number;
    order[pivot] = held;
  }
  return order;
}

/** Row i of `view` becomes what row `order[i]` was. */
function permuteRows(backend: Backend, view: MatrixView, order: Int32Array): void {
  const { dtype, rows, cols } = view;
  const indices = backend.allocate(order.byteLength);
  const rearranged = backend.allocate(rows * cols * bytesPerElement(dtype));
  try {
    backend.write(indices, order);
    const out = denseView(rearranged, dtype, rows, cols);
    backend.gather(view, denseView(indices, "i32", rows, 1), out);
    copy(backend, out, view);
  } finally {
    indices.dispose();
    rearranged.dispose();
  }
}
