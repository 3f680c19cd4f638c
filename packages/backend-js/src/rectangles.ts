import type { Rectangle } from "./transfer.js";
import type { Window } from "./window.js";

/**
 * Calls `visit` with rectangles of at most `chunk` elements that cover rows×cols, in the order of
 * rows: whole rows together where they fit, else pieces of one row. The rectangle is one object
 * that changes between the calls.
 */
export function forEachRectangle(
  rows: number,
  cols: number,
  chunk: number,
  visit: (part: Readonly<Rectangle>) => void,
): void {
  if (rows === 0 || cols === 0) return;
  const width = Math.ceil(cols / Math.ceil(cols / chunk));
  const height = width < cols ? 1 : Math.floor(chunk / width);
  const part: Rectangle = { row: 0, col: 0, rows: 0, cols: 0 };
  for (let row = 0; row < rows; row += height) {
    part.row = row;
    part.rows = Math.min(height, rows - row);
    for (let col = 0; col < cols; col += width) {
      part.col = col;
      part.cols = Math.min(width, cols - col);
      visit(part);
    }
  }
}

/**
 * Transposes windows of one shape so that the rows of the first run along memory, and makes them
 * one row where all of them allow it: long inner loops for column-major and narrow matrices alike.
 */
export function straighten(windows: readonly Window[]): void {
  const first = windows[0]!;
  if (first.cols > 1 && first.rows > 1) {
    const alongColumns = Math.abs(first.rowStride) < Math.abs(first.colStride);
    if (alongColumns) for (const window of windows) window.transpose();
  }
  joinRows(windows);
}

/** Makes windows of one shape a single row where this keeps the order of their elements. */
export function joinRows(windows: readonly Window[]): void {
  if (windows[0]?.cols === 1) {
    for (const window of windows) window.transpose();
  } else if (windows.every((window) => window.isFlat())) {
    for (const window of windows) window.flatten();
  }
}
