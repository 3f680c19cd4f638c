import type { Backend, MatrixView } from "@blk/core";
import { Scratch } from "./scratch.js";
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
  const scratch = new Scratch(backend);
  try {
    const rearranged = scratch.view(dtype, rows, cols);
    backend.gather(view, indexColumn(scratch, backend, order), rearranged);
    copy(backend, rearranged, view);
  } finally {
    scratch.dispose();
  }
}

/** Row indices as a backend's `gather` takes them. */
export function indexColumn(memory: Scratch, backend: Backend, order: Int32Array): MatrixView {
  const column = memory.view("i32", order.length, 1);
  backend.write(column.buffer, order);
  return column;
}
