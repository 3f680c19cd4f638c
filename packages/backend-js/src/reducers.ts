import type { ReductionOp } from "@blk/core";
import type { Lanes } from "./program.js";

/**
 * Combines a packed rectangle of values into running results: result `first + i` for row i (or,
 * in {@link columnReducers}, column i). `base` is the place of the rectangle's first element along
 * the direction of reduction; only `argmax` uses it and `places`, which hold −1 at the start.
 */
export type Reducer = (
  x: Lanes,
  rows: number,
  cols: number,
  values: Lanes,
  places: Int32Array,
  first: number,
  base: number,
) => void;

/** The result over nothing. */
export function initialValue(op: ReductionOp, integer: boolean): number {
  if (op === "sum") return 0;
  const lowest = integer ? -2147483648 : Number.NEGATIVE_INFINITY;
  return op === "min" ? (integer ? 2147483647 : Number.POSITIVE_INFINITY) : lowest;
}

// Sums of i32 are exact in a double up to 2²¹ terms of a chunk, and storing one wraps it.

/** Results per row, elements in ascending order of columns. */
export const rowReducers: Readonly<Record<ReductionOp, Reducer>> = {
  sum(x, rows, cols, values, _places, first): void {
    let q = 0;
    for (let i = 0; i < rows; i++) {
      let sum = values[first + i]!;
      for (let j = 0; j < cols; j++) sum += x[q++]!;
      values[first + i] = sum;
    }
  },
  max(x, rows, cols, values, _places, first): void {
    let q = 0;
    for (let i = 0; i < rows; i++) {
      let largest = values[first + i]!;
      for (let j = 0; j < cols; j++) largest = Math.max(largest, x[q++]!);
      values[first + i] = largest;
    }
  },
  min(x, rows, cols, values, _places, first): void {
    let q = 0;
    for (let i = 0; i < rows; i++) {
      let smallest = values[first + i]!;
      for (let j = 0; j < cols; j++) smallest = Math.min(smallest, x[q++]!);
      values[first + i] = smallest;
    }
  },
  argmax(x, rows, cols, values, places, first, base): void {
    let q = 0;
    for (let i = 0; i < rows; i++) {
      let largest = values[first + i]!;
      let place = places[first + i]!;
      for (let j = 0; j < cols; j++, q++) {
        if (place < 0 || beats(x[q]!, largest)) {
          largest = x[q]!;
          place = base + j;
        }
      }
      values[first + i] = largest;
      places[first + i] = place;
    }
  },
};

/** Results per column, elements in ascending order of rows. */
export const columnReducers: Readonly<Record<ReductionOp, Reducer>> = {
  sum(x, rows, cols, values, _places, first): void {
    let q = 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) values[first + j] = values[first + j]! + x[q++]!;
    }
  },
  max(x, rows, cols, values, _places, first): void {
    let q = 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) values[first + j] = Math.max(values[first + j]!, x[q++]!);
    }
  },
  min(x, rows, cols, values, _places, first): void {
    let q = 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) values[first + j] = Math.min(values[first + j]!, x[q++]!);
    }
  },
  argmax(x, rows, cols, values, places, first, base): void {
    let q = 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, q++) {
        if (places[first + j]! >= 0 && !beats(x[q]!, values[first + j]!)) continue;
        values[first + j] = x[q]!;
        places[first + j] = base + i;
      }
    }
  },
};

/** Whether `x` comes before the largest so far: it is larger, or the first NaN. */
function beats(x: number, largest: number): boolean {
  return x > largest || (Number.isNaN(x) && !Number.isNaN(largest));
}
