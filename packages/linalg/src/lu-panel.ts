import { divide } from "./householder.js";

/** Columns whose elimination is applied to the others at once: one load and store for all of them. */
const strip = 4;

/**
 * LU of a panel of few columns with partial pivoting, in place: each column is divided by its
 * largest element, which was swapped to the diagonal, and eliminated from those on its right: at
 * once in its strip of four, together with that strip in the others.
 *
 * @param a `width` columns of `height` elements, column by column. On return U on and above the
 *   diagonal, L below it.
 * @param pivots Element j is set to the row with which row j was swapped, both counted from the panel's
 *   first row. A column without a nonzero pivot is left as it is.
 *
 * Source: Golub and Van Loan, "Matrix Computations" (2013), algorithm 3.4.1, by strips as §3.2.11.
 */
export function factorLuPanel(
  a: Float64Array,
  height: number,
  width: number,
  pivots: Int32Array,
): void {
  const order = Math.min(height, width);
  for (let start = 0; start < order; start += strip) {
    const end = Math.min(order, start + strip);
    for (let j = start; j < end; j++) {
      const column = j * height;
      const pivotRow = largestBelow(a, column, j, height);
      pivots[j] = pivotRow;
      swapRows(a, height, width, j, pivotRow);
      const pivot = a[column + j] as number;
      if (pivot !== 0) divide(a, column + j + 1, column + height, pivot);
      for (let k = j + 1; k < end; k++) subtract(a, k * height, column, j + 1, height, j);
    }
    for (let k = end; k < width; k++) eliminateStrip(a, height, k, start, end);
  }
}

/** Column k minus the strip's columns, each times what is left of element j of column k. */
function eliminateStrip(
  a: Float64Array,
  height: number,
  k: number,
  start: number,
  end: number,
): void {
  const column = k * height;
  for (let j = start; j < end; j++) subtract(a, column, j * height, j + 1, end, j);
  if (end - start < strip) {
    for (let j = start; j < end; j++) subtract(a, column, j * height, end, height, j);
    return;
  }
  const [f0, f1, f2, f3] = [0, 1, 2, 3].map((j) => a[column + start + j]) as [
    number,
    number,
    number,
    number,
  ];
  const c0 = start * height;
  const c1 = c0 + height;
  const c2 = c1 + height;
  const c3 = c2 + height;
  for (let i = end; i < height; i++) {
    a[column + i] =
      (a[column + i] as number) -
      f0 * (a[c0 + i] as number) -
      f1 * (a[c1 + i] as number) -
      f2 * (a[c2 + i] as number) -
      f3 * (a[c3 + i] as number);
  }
}

/** Rows `from` to `to` of a column, minus those of `other` times the column's element `j`. */
function subtract(
  a: Float64Array,
  column: number,
  other: number,
  from: number,
  to: number,
  j: number,
): void {
  const factor = a[column + j] as number;
  if (factor === 0) return;
  for (let i = from; i < to; i++) {
    a[column + i] = (a[column + i] as number) - factor * (a[other + i] as number);
  }
}

function largestBelow(a: Float64Array, column: number, from: number, height: number): number {
  let row = from;
  let largest = -1;
  for (let i = from; i < height; i++) {
    const size = Math.abs(a[column + i] as number);
    if (size > largest) {
      largest = size;
      row = i;
    }
  }
  return row;
}

function swapRows(a: Float64Array, height: number, width: number, i: number, j: number): void {
  if (i === j) return;
  for (let k = 0; k < width; k++) {
    const held = a[k * height + i] as number;
    a[k * height + i] = a[k * height + j] as number;
    a[k * height + j] = held;
  }
}
