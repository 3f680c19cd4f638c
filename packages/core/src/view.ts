import type { DeviceBuffer, MatrixView } from "./backend.js";
import { bytesPerElement, type DType } from "./dtype.js";
import { BlkError } from "./errors.js";

/** A window on a whole, row by row, without gaps. */
export function denseView(
  buffer: DeviceBuffer,
  dtype: DType,
  rows: number,
  cols: number,
  offset = 0,
): MatrixView {
  return { buffer, dtype, rows, cols, offset, rowStride: cols, colStride: 1 };
}

/** The window of `rows`×`cols` elements that starts at (row, col) of `view`. Throws `BOUNDS`. */
export function windowView(
  view: MatrixView,
  row: number,
  col: number,
  rows: number,
  cols: number,
): MatrixView {
  const fits =
    row >= 0 && col >= 0 && rows >= 0 && cols >= 0 && row + rows <= view.rows && col + cols <= view.cols;
  if (!fits || ![row, col, rows, cols].every(Number.isInteger)) {
    throw new BlkError(
      "BOUNDS",
      `window: ${rows}×${cols} at (${row}, ${col}) does not lie inside of ${view.rows}×${view.cols}`,
    );
  }
  const offset = view.offset + row * view.rowStride + col * view.colStride;
  return { ...view, rows, cols, offset };
}

/** The transpose: the same memory with the strides swapped. */
export function transposeView(view: MatrixView): MatrixView {
  return {
    ...view,
    rows: view.cols,
    cols: view.rows,
    rowStride: view.colStride,
    colStride: view.rowStride,
  };
}

/** `view` repeated to `rows`×`cols` by strides of 0; its own sizes must be those or 1. */
export function broadcastView(view: MatrixView, rows: number, cols: number): MatrixView {
  if ((view.rows !== rows && view.rows !== 1) || (view.cols !== cols && view.cols !== 1)) {
    throw new BlkError(
      "SHAPE",
      `broadcast: ${view.rows}×${view.cols} does not repeat to ${rows}×${cols}; each size must be equal or 1`,
    );
  }
  return {
    ...view,
    rows,
    cols,
    rowStride: view.rows === rows ? view.rowStride : 0,
    colStride: view.cols === cols ? view.colStride : 0,
  };
}

/** Whether the elements lie row by row without gaps. */
export function isContiguous(view: MatrixView): boolean {
  return (
    (view.colStride === 1 || view.cols <= 1) && (view.rowStride === view.cols || view.rows <= 1)
  );
}

/** The elements between which all of `view` lies: [first, end), empty for a view of size zero. */
export function viewExtent(view: MatrixView): readonly [first: number, end: number] {
  if (view.rows === 0 || view.cols === 0) return [view.offset, view.offset];
  const down = (view.rows - 1) * view.rowStride;
  const across = (view.cols - 1) * view.colStride;
  return [
    view.offset + Math.min(0, down) + Math.min(0, across),
    view.offset + Math.max(0, down) + Math.max(0, across) + 1,
  ];
}

/** Bytes of the elements that a view names, each counted once even where it is broadcast. */
export function viewBytes(view: MatrixView): number {
  const rows = view.rowStride === 0 ? Math.min(1, view.rows) : view.rows;
  const cols = view.colStride === 0 ? Math.min(1, view.cols) : view.cols;
  return rows * cols * bytesPerElement(view.dtype);
}
