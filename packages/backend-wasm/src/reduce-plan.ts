import { bytesPerElement } from "@blk/core";
import { arithmetics, type ComputeType } from "./kernels/arithmetic.js";
import { pairBytes } from "./kernels/reduce.js";
import { stripColumns } from "./kernels/reduce-columns.js";
import type { Direction } from "./reduce-kernels.js";
import { isFlat } from "./rows.js";
import { transposeWindow, type Window } from "./window.js";

/** Elements of a piece of a long reduction, whose results are combined at the end. */
const pieceElements = 2 ** 16;
/** Rows from which long ones are not cut: there are enough for threads to share. */
const manyRows = 32;
/** Columns of an item where columns are not cut. */
const narrowStrip = 2 ** 8;
/** Elements of a block of rows that are read before the next columns are. */
const blockElements = 2 ** 12;

/** Columns of a line that is read by itself. */
const leastLine = 2 ** 9;
const mostLine = 2 ** 10;

/** What decides how a reduction may be computed. */
export interface Manner {
  /** The type of arithmetic, in which partial results are kept. */
  readonly type: ComputeType;
  readonly isArgmax: boolean;
  /** Whether a sum adds its terms one after the other, row by row. */
  readonly ordered: boolean;
}

/** A reduction of rows×cols elements, which is the shape of the windows. */
export interface Arranged {
  readonly direction: Direction;
  readonly rows: number;
  readonly cols: number;
  readonly windows: readonly Window[];
  /** The address of the first result, and the bytes from one to the next. */
  readonly out: number;
  readonly outStep: number;
  /** What a row, and a column, adds to the place that an argmax gives. */
  readonly rowPlaces: number;
  readonly colPlaces: number;
  /** Whether the results of all columns are to be one. */
  readonly joined: boolean;
}

/** What one kernel does, in items of at most height×width elements. */
export interface Job {
  readonly arranged: Arranged;
  readonly height: number;
  readonly width: number;
  /** Bytes from the results of an item to those of the one below, and of the one on the right. */
  readonly down: number;
  readonly across: number;
  /** Where addresses are counted from the start of the memory of partial results. */
  readonly partial: "out" | "windows" | "none";
}

/** A reduction as one job, or as pieces and what combines their partial results. */
export interface Plan {
  readonly first: Job;
  readonly second: Job | undefined;
  /** Bytes of the partial results, a multiple of 64. */
  readonly bytes: number;
}

/**
 * Arranges a reduction so that the elements of its rows lie side by side where they can, and that
 * few rows are many: windows are transposed, and made one row, by changing them. The order of
 * elements stays where it matters.
 */
export function arrange(
  direction: Direction,
  shape: { readonly rows: number; readonly cols: number },
  windows: readonly Window[],
  out: Window,
  { isArgmax, ordered }: Manner,
): Arranged {
  let { rows, cols } = shape;
  let turned = direction;
  const isAll = direction === "all";
  if (isTall(rows, cols, windows) && !(isAll && ordered && cols > 1)) {
    windows.forEach(transposeWindow);
    [rows, cols] = [cols, rows];
    if (direction === "columns") turned = "rows";
    // An argmax over everything counts along rows: first over each, which is now a column.
    else if (direction === "rows" || (isArgmax && rows > 1)) turned = "columns";
  }
  if (turned === "all" && rows > 1 && windows.every(isFlat)) {
    cols *= rows;
    rows = 1;
  }
  if (cols === 1) {
    // How far apart the elements of such a row would be does not matter: as near as can be.
    for (const window of windows) window.colStride = bytesPerElement(window.dtype);
  }
  const isByColumn = turned === "columns";
  return {
    direction: turned,
    rows,
    cols,
    windows,
    out: out.address,
    outStep: isAll ? 0 : direction === "rows" ? out.rowStride : out.colStride,
    rowPlaces: isByColumn ? 1 : isAll ? cols : 0,
    colPlaces: !isByColumn ? 1 : isAll ? rows : 0,
    joined: isAll && isByColumn,
  };
}

/** Whether the columns run along memory rather than the rows. */
function isTall(rows: number, cols: number, windows: readonly Window[]): boolean {
  if (rows <= 1 || cols <= 1) return rows > 1;
  let [down, across] = [0, 0];
  for (const { rowStride, colStride } of windows) {
    down += Math.abs(rowStride);
    across += Math.abs(colStride);
  }
  return down < across;
}

/**
 * Cuts a reduction into items. What is cut depends on its size alone: not on the threads, so that
 * sums have the same bits however many there are. `partials` is where memory for partial results
 * begins that no other reduction uses.
 */
export function cut(arranged: Arranged, manner: Manner, partials: number): Plan {
  const { direction, rows, cols, outStep, joined } = arranged;
  const { height, width } = pieceOf(arranged, manner);
  const [high, wide] = [Math.ceil(rows / height), Math.ceil(cols / width)];
  const isCut =
    joined ||
    (direction === "all" && high * wide > 1) ||
    (direction === "rows" && wide > 1) ||
    (direction === "columns" && high > 1);
  if (!isCut) {
    const steps = { down: height * outStep, across: width * outStep };
    const first: Job = { arranged, height, width, ...steps, partial: "none" };
    return { first, second: undefined, bytes: 0 };
  }
  const size = manner.isArgmax ? pairBytes : arithmetics[manner.type].bytes;
  // Results lie in the order of items; of columns, in the order of columns within.
  const line = (direction === "columns" ? cols : wide) * size;
  const first: Job = {
    arranged: { ...arranged, out: partials, outStep: size },
    height,
    width,
    down: line,
    across: direction === "columns" ? width * size : size,
    partial: "out",
  };
  const results: Window = {
    dtype: manner.type,
    rows: high,
    cols: line / size,
    address: partials,
    rowStride: line,
    colStride: size,
  };
  const second = combining(arranged, manner, results);
  return { first, second, bytes: Math.ceil((high * line) / 64) * 64 };
}

/** The job that combines partial results. */
function combining(arranged: Arranged, { isArgmax }: Manner, results: Window): Job {
  const { direction, joined, outStep } = arranged;
  if (joined || direction === "all") {
    results.cols *= results.rows;
    results.rows = 1;
  } else if (direction === "columns" && isArgmax) {
    transposeWindow(results);
  }
  const { rows, cols } = results;
  const isByColumn = direction === "columns" && !isArgmax;
  return {
    arranged: {
      ...arranged,
      direction: joined ? "all" : direction,
      rows,
      cols,
      windows: [results],
    },
    height: rows,
    width: isByColumn ? Math.min(cols, stripColumns) : cols,
    down: 0,
    across: isByColumn ? stripColumns * outStep : 0,
    partial: "windows",
  };
}

/** The size of items. */
function pieceOf(
  { direction, rows, cols, joined }: Arranged,
  { ordered }: Manner,
): { readonly height: number; readonly width: number } {
  const isLong = !ordered && rows * cols >= 2 * pieceElements;
  switch (direction) {
    case "all":
      if (!isLong) return { height: rows, width: cols };
      break;
    case "rows":
      if (!(isLong && rows < manyRows)) {
        return { height: Math.max(1, Math.floor(pieceElements / cols)), width: cols };
      }
      break;
    case "columns": {
      const width = Math.min(cols, ordered && !joined ? narrowStrip : stripColumns);
      if (!isLong) return { height: rows, width };
      return { height: Math.ceil(pieceElements / width), width };
    }
  }
  if (cols >= pieceElements) return { height: 1, width: pieceElements };
  return { height: Math.floor(pieceElements / cols), width: cols };
}

/**
 * The rows that an item reads before it goes on to the next columns. One, in the order of memory, if
 * they are whole lines of a matrix and long, and the running results take a fourth of the first-level
 * cache at most: of 4096×1024, 17·10⁹ bytes a second become 23; of strips with gaps between them, 17 would be 7.
 */
export function blockRows(width: number, cols: number): number {
  const isLine = width === cols && width >= leastLine && width <= mostLine;
  return isLine ? 1 : Math.max(8, Math.floor(blockElements / width));
}
