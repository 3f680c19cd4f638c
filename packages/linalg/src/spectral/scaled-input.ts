import { type BlockMatrix, checkFloatingPoint } from "@blk/core";
import { notFinite, type Part, placeNotFinite } from "../operands.js";

/** The elements of a matrix, row by row, divided by a power of two that makes the largest about 1. */
export interface ScaledInput {
  readonly rows: number;
  readonly cols: number;
  readonly elements: Float64Array;
  readonly scale: number;
}

/** Its reciprocal is a number as well. */
const leastScale = 2 ** -1000;

/**
 * Reads a matrix for an algorithm on the host: scaling is exact, and lets the algorithm take squares.
 * Rejects with `ARGUMENT`, naming the place, if an element is not finite, and with `DTYPE` for
 * integers. Elements that do not count come as zeros.
 */
export async function readScaled(
  operation: string,
  a: BlockMatrix,
  part: Part = "whole",
): Promise<ScaledInput> {
  checkFloatingPoint(operation, a);
  const values = await a.toArray();
  const { rows, cols } = a;
  if (part === "lower") {
    for (let i = 0; i < rows; i++) values.fill(0, i * cols + Math.min(i + 1, cols), (i + 1) * cols);
  }
  let largest = 0;
  let zero = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    largest = Math.max(largest, Math.abs(value));
    // NaN for a value that is not finite, and from then on.
    zero += value - value;
  }
  const place = zero === 0 ? undefined : placeNotFinite(values, cols, part);
  if (place !== undefined) throw notFinite(operation, String(a), place);
  const scale = Math.max(leastScale, largest > 0 ? 2 ** Math.floor(Math.log2(largest)) : 1);
  const factor = 1 / scale;
  // The array is a copy already: doubles are scaled in place.
  const elements = values instanceof Float64Array ? values : new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) elements[i] = factor * values[i]!;
  return { rows, cols, elements, scale };
}

/** The transpose. */
export function transposedInput({ rows, cols, elements, scale }: ScaledInput): ScaledInput {
  const transposed = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) transposed[j * rows + i] = elements[i * cols + j]!;
  }
  return { rows: cols, cols: rows, elements: transposed, scale };
}
