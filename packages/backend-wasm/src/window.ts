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

/** Writes a window's description at a multiple of 4; returns the address after it. */
export function writeWindow(i32: Int32Array, at: number, window: Window): number {
  const index = at >> 2;
  i32[index] = window.address;
  i32[index + 1] = window.rowStride;
  i32[index + 2] = window.colStride;
  return at + windowBytes;
}

/** Swaps rows and columns. */
export function transposeWindow(window: Window): void {
  const { rows, rowStride } = window;
  window.rows = window.cols;
  window.rowStride = window.colStride;
  window.cols = rows;
  window.colStride = rowStride;
}
