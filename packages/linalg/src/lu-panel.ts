import { divide } from "./householder.js";

/**
 * LU of a panel of few columns with partial pivoting, in place: each column is divided by its
 * largest element, which was swapped to the diagonal, and eliminated from those on its right.
 *
 * @param a `width` columns of `height` elements, column by column. On return U on and above the
 *   diagonal, L below it.
 * @param pivots Element j is set to the row with which row j was swapped, both counted from the panel's
 *   first row.
 * @returns The first column without a nonzero pivot, if there is one; it is left as it is.
 *
 * Source: Golub and Van Loan, "Matrix Computations" (2013), algorithm 3.4.1.
 */
export function factorLuPanel(
  a: Float64Array,
  height: number,
  width: number,
  pivots: Int32Array,
): number | undefined {
  let singular: number | undefined;
  for (let j = 0; j < Math.min(height, width); j++) {
    const column = j * height;
    const pivotRow = largestBelow(a, column, j, height);
    pivots[j] = pivotRow;
    swapRows(a, height, width, j, pivotRow);
    const pivot = a[column + j] as number;
    if (pivot === 0) {
      singular ??= j;
      continue;
    }
    divide(a, column + j + 1, column + height, pivot);
    for (let k = j + 1; k < width; k++) {
      const other = k * height;
      const factor = a[other + j] as number;
      if (factor === 0) continue;
      for (let i = j + 1; i < height; i++) {
        a[other + i] = (a[other + i] as number) - factor * (a[column + i] as number);
      }
    }
  }
  return singular;
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
