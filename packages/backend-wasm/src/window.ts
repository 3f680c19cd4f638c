import type { DType } from "@blk/core";

/**
 * A view as kernels see it: element (i, j) is at `address + i·rowStride + j·colStride`, all in
 * bytes. Windows are made for one call and may be changed by it.
 */
export interface Window {
  dtype: DType;
  rows: number;
  cols: number;
  address: number;
  rowStride: number;
  colStride: number;
}

/** Bytes of a window's description in memory: address, rowStride, colStride. */
export const windowBytes = 12;

/** Writes the description of a window from (row, col) on, as {@link writeWords}. */
export function writeWindow(
  i32: Int32Array,
  at: number,
  { address, rowStride, colStride }: Window,
  row = 0,
  col = 0,
): number {
  const index = at >>> 2;
  i32[index] = address + row * rowStride + col * colStride;
  i32[index + 1] = rowStride;
  i32[index + 2] = colStride;
  return at + windowBytes;
}

/** Writes words at a multiple of 4; returns the address after them. */
export function writeWords(i32: Int32Array, at: number, ...words: readonly number[]): number {
  let index = at >>> 2;
  for (const word of words) i32[index++] = word;
  return 4 * index;
}

/** Swaps rows and columns. */
export function transposeWindow(window: Window): void {
  const { rows, rowStride } = window;
  window.rows = window.cols;
  window.rowStride = window.colStride;
  window.cols = rows;
  window.colStride = rowStride;
}
