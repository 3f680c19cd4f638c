import { bytesPerElement } from "@blk/core";
import { transposeWindow, type Window } from "./window.js";

/**
 * Changes windows of one shape, not empty, so that loops over rows are few and long: transposes
 * them where the elements of the first lie side by side in its columns and not in its rows, and
 * makes them one row where all of them allow it. The pairing of elements stays.
 */
export function alignRows(windows: readonly Window[]): void {
  const first = windows[0]!;
  if (isTall(first)) windows.forEach(transposeWindow);
  if (first.rows > 1 && windows.every(isFlat)) windows.forEach(flatten);
  if (first.cols > 1) return;
  // How far apart the elements of such a row would be does not matter: as near as can be.
  for (const window of windows) window.colStride = bytesPerElement(window.dtype);
}

/** Whether the columns run along memory rather than the rows. */
function isTall({ rows, cols, rowStride, colStride }: Window): boolean {
  return rows > 1 && (cols === 1 || Math.abs(rowStride) < Math.abs(colStride));
}

/** Whether each row begins where the one before ends. */
export function isFlat({ cols, rowStride, colStride }: Window): boolean {
  return rowStride === cols * colStride;
}

function flatten(window: Window): void {
  window.cols *= window.rows;
  window.rows = 1;
}
