/**
 * Rectangles of a window on their way into scratch memory and back, with the conversions of the
 * contract. Scratch is packed: element (i, j) of an r×c rectangle at (row, col) is `at + i·ld + j`,
 * where loads have `at = 0` and `ld = c`.
 */
import { decodeHalf, encodeHalf } from "./half.js";
import type { Window } from "./window.js";

/** The part of a window that one step works on. */
export interface Rectangle {
  row: number;
  col: number;
  rows: number;
  cols: number;
}

/**
 * Reads a rectangle as doubles. `single`: arithmetic is f32's, so numbers that are none (of f64
 * and i32 inputs) are rounded to one first.
 */
export function loadFloat(
  source: Window,
  part: Rectangle,
  to: Float64Array,
  single: boolean,
): void {
  const { rows, cols } = part;
  const { rowStride, colStride } = source;
  const start = source.offset + part.row * rowStride + part.col * colStride;
  switch (source.dtype) {
    case "f32":
      return copyF32(source.array as Float32Array, start, rowStride, colStride, rows, cols, to);
    case "f16":
      return copyF16(source.array as Uint16Array, start, rowStride, colStride, rows, cols, to);
    case "f64":
      copyF64(source.array as Float64Array, start, rowStride, colStride, rows, cols, to);
      break;
    case "i32":
      copyI32(source.array as Int32Array, start, rowStride, colStride, rows, cols, to);
      break;
  }
  if (single) for (let q = 0; q < rows * cols; q++) to[q] = Math.fround(to[q]!);
}

/** Reads a rectangle as i32: numbers are truncated towards zero and saturate, NaN becomes 0. */
export function loadInteger(source: Window, part: Rectangle, to: Int32Array): void {
  const { array, dtype, rowStride, colStride } = source;
  const half = dtype === "f16";
  const start = source.offset + part.row * rowStride + part.col * colStride;
  let q = 0;
  for (let i = 0; i < part.rows; i++) {
    let p = start + i * rowStride;
    for (let j = 0; j < part.cols; j++, p += colStride) {
      const value = half ? decodeHalf(array[p]!) : array[p]!;
      to[q++] = value >= 2147483647 ? 2147483647 : value <= -2147483648 ? -2147483648 : value | 0;
    }
  }
}

/** Writes doubles to a rectangle of a float window, each rounded once, or i32 to one of those. */
export function store(
  target: Window,
  part: Rectangle,
  from: Float64Array | Int32Array,
  at = 0,
  ld: number = part.cols,
): void {
  const { array, dtype, rowStride, colStride } = target;
  const start = target.offset + part.row * rowStride + part.col * colStride;
  if (dtype === "f16") {
    const halves = array as Uint16Array;
    for (let i = 0; i < part.rows; i++) {
      let p = start + i * rowStride;
      let q = at + i * ld;
      for (let j = 0; j < part.cols; j++, p += colStride) halves[p] = encodeHalf(from[q++]!);
    }
    return;
  }
  for (let i = 0; i < part.rows; i++) {
    let p = start + i * rowStride;
    let q = at + i * ld;
    for (let j = 0; j < part.cols; j++, p += colStride) array[p] = from[q++]!;
  }
}

// One function per element type, though their text is the same but for the type: the engine
// compiles each for the one type that it sees.

function copyF32(
  from: Float32Array,
  start: number,
  rowStride: number,
  colStride: number,
  rows: number,
  cols: number,
  to: Float64Array,
): void {
  let q = 0;
  for (let i = 0; i < rows; i++) {
    let p = start + i * rowStride;
    for (let j = 0; j < cols; j++, p += colStride) to[q++] = from[p]!;
  }
}

function copyF64(
  from: Float64Array,
  start: number,
  rowStride: number,
  colStride: number,
  rows: number,
  cols: number,
  to: Float64Array,
): void {
  let q = 0;
  for (let i = 0; i < rows; i++) {
    let p = start + i * rowStride;
    for (let j = 0; j < cols; j++, p += colStride) to[q++] = from[p]!;
  }
}

function copyF16(
  from: Uint16Array,
  start: number,
  rowStride: number,
  colStride: number,
  rows: number,
  cols: number,
  to: Float64Array,
): void {
  let q = 0;
  for (let i = 0; i < rows; i++) {
    let p = start + i * rowStride;
    for (let j = 0; j < cols; j++, p += colStride) to[q++] = decodeHalf(from[p]!);
  }
}

function copyI32(
  from: Int32Array,
  start: number,
  rowStride: number,
  colStride: number,
  rows: number,
  cols: number,
  to: Float64Array,
): void {
  let q = 0;
  for (let i = 0; i < rows; i++) {
    let p = start + i * rowStride;
    for (let j = 0; j < cols; j++, p += colStride) to[q++] = from[p]!;
  }
}
