/**
 * How the elements of a matrix lie in memory. The inputs of a case take any of these, its results
 * any but the broadcast ones.
 *
 * | layout | element (i, j) is at |
 * |---|---|
 * | `rows` | i·cols + j: row by row without gaps |
 * | `columns` | i + j·rows: a transpose |
 * | `padded` | i·(cols + 3) + j: a window of a wider matrix |
 * | `padded columns` | i + j·(rows + 3): a window of a transpose |
 * | `strided` | i·(2·cols + 1) + 2·j |
 * | `reversed` | from the last element backwards: negative strides |
 * | `one row` | j: the same row again and again, by a stride of 0 |
 * | `one column` | i |
 * | `one number` | 0 |
 */
export type Layout =
  | "rows"
  | "columns"
  | "padded"
  | "padded columns"
  | "strided"
  | "reversed"
  | "one row"
  | "one column"
  | "one number";

/** Layouts in which each element has a place of its own. */
export const ownLayouts: readonly Layout[] = [
  "rows",
  "columns",
  "padded",
  "padded columns",
  "strided",
  "reversed",
];

/** Layouts that repeat elements by strides of 0. */
export const broadcastLayouts: readonly Layout[] = ["one row", "one column", "one number"];

/** Where the elements of a matrix are, counted from its first place in memory. */
export interface Placement {
  readonly offset: number;
  readonly rowStride: number;
  readonly colStride: number;
  /** Elements of memory from the first to the last place. */
  readonly length: number;
}

/** The places of a rows×cols matrix. */
export function place(layout: Layout, rows: number, cols: number): Placement {
  const [rowStride, colStride] = stridesOf(layout, rows, cols);
  const isEmpty = rows === 0 || cols === 0;
  const length = isEmpty
    ? 0
    : (rows - 1) * Math.abs(rowStride) + (cols - 1) * Math.abs(colStride) + 1;
  const offset = layout === "reversed" ? Math.max(0, length - 1) : 0;
  return { offset, rowStride, colStride, length };
}

function stridesOf(layout: Layout, rows: number, cols: number): readonly [number, number] {
  switch (layout) {
    case "rows":
      return [cols, 1];
    case "columns":
      return [1, rows];
    case "padded":
      return [cols + 3, 1];
    case "padded columns":
      return [1, rows + 3];
    case "strided":
      return [2 * cols + 1, 2];
    case "reversed":
      return [-cols, -1];
    case "one row":
      return [0, 1];
    case "one column":
      return [1, 0];
    case "one number":
      return [0, 0];
  }
}
