/**
 * Rectangles of a window on their way into scratch memory and back, with the conversions of the
 * contract. Scratch is packed row by row, from 0 on, unless said otherwise.
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
  part: Readonly<Rectangle>,
  to: Float64Array,
  single: boolean,
): void {
  const { rows, cols } = part;
  const { array, dtype, rowStride, colStride } = source;
  const start = source.offset + part.row * rowStride + part.col * colStride;
  for (let i = 0; i < rows; i++) {
    const p = start + i * rowStride;
    const q = i * cols;
    switch (dtype) {
      case "f32":
        getF32(array as Float32Array, p, colStride, cols, to, q);
        break;
      case "f64":
        getF64(array as Float64Array, p, colStride, cols, to, q);
        break;
      case "f16":
        getF16(array as Uint16Array, p, colStride, cols, to, q);
        break;
      case "i32":
        getI32(array as Int32Array, p, colStride, cols, to, q);
        break;
    }
  }
  if (single && (dtype === "f64" || dtype === "i32")) {
    for (let q = 0; q < rows * cols; q++) to[q] = Math.fround(to[q]!);
  }
}

/** Reads a rectangle as i32: numbers are truncated towards zero and saturate, NaN becomes 0. */
export function loadInteger(source: Window, part: Readonly<Rectangle>, to: Int32Array): void {
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

/**
 * Writes a packed rectangle, or one with rows that are `ld` apart from `at` on: doubles, each
 * rounded once, to a float window, or i32 to an i32 window.
 */
export function store(
  target: Window,
  part: Readonly<Rectangle>,
  from: Float64Array | Int32Array,
  at = 0,
  ld: number = part.cols,
): void {
  const { rows, cols } = part;
  const { array, rowStride, colStride } = target;
  const start = target.offset + part.row * rowStride + part.col * colStride;
  for (let i = 0; i < rows; i++) {
    const p = start + i * rowStride;
    const q = at + i * ld;
    switch (target.dtype) {
      case "f32":
        putF32(array as Float32Array, p, colStride, cols, from as Float64Array, q);
        break;
      case "f64":
        putF64(array as Float64Array, p, colStride, cols, from as Float64Array, q);
        break;
      case "f16":
        putF16(array as Uint16Array, p, colStride, cols, from as Float64Array, q);
        break;
      case "i32":
        putI32(array as Int32Array, p, colStride, cols, from as Int32Array, q);
        break;
    }
  }
}

/** Copies a rectangle of doubles with rows that are `ld` apart from `at` on to packed ones. */
export function packDoubles(
  from: Float64Array,
  at: number,
  ld: number,
  part: Readonly<Rectangle>,
  to: Float64Array,
): void {
  for (let i = 0; i < part.rows; i++) getF64(from, at + i * ld, 1, part.cols, to, i * part.cols);
}

// One function per element type, though their text is the same but for the type: the engine
// compiles each for the one type that it sees. Four elements a turn, because after each turn that
// stores V8 loads the type and place of both arrays again.

function getF32(
  from: Float32Array,
  start: number,
  stride: number,
  count: number,
  to: Float64Array,
  at: number,
): void {
  let p = start;
  let q = at;
  for (const end = at + count - 3; q < end; q += 4) {
    to[q] = from[p]!;
    to[q + 1] = from[p + stride]!;
    to[q + 2] = from[p + 2 * stride]!;
    to[q + 3] = from[p + 3 * stride]!;
    p += 4 * stride;
  }
  for (const end = at + count; q < end; q++, p += stride) to[q] = from[p]!;
}

function getF64(
  from: Float64Array,
  start: number,
  stride: number,
  count: number,
  to: Float64Array,
  at: number,
): void {
  let p = start;
  let q = at;
  for (const end = at + count - 3; q < end; q += 4) {
    to[q] = from[p]!;
    to[q + 1] = from[p + stride]!;
    to[q + 2] = from[p + 2 * stride]!;
    to[q + 3] = from[p + 3 * stride]!;
    p += 4 * stride;
  }
  for (const end = at + count; q < end; q++, p += stride) to[q] = from[p]!;
}

function getF16(
  from: Uint16Array,
  start: number,
  stride: number,
  count: number,
  to: Float64Array,
  at: number,
): void {
  let p = start;
  for (let q = at; q < at + count; q++, p += stride) to[q] = decodeHalf(from[p]!);
}

function getI32(
  from: Int32Array,
  start: number,
  stride: number,
  count: number,
  to: Float64Array,
  at: number,
): void {
  let p = start;
  for (let q = at; q < at + count; q++, p += stride) to[q] = from[p]!;
}

function putF32(
  to: Float32Array,
  start: number,
  stride: number,
  count: number,
  from: Float64Array,
  at: number,
): void {
  let p = start;
  let q = at;
  for (const end = at + count - 3; q < end; q += 4) {
    to[p] = from[q]!;
    to[p + stride] = from[q + 1]!;
    to[p + 2 * stride] = from[q + 2]!;
    to[p + 3 * stride] = from[q + 3]!;
    p += 4 * stride;
  }
  for (const end = at + count; q < end; q++, p += stride) to[p] = from[q]!;
}

function putF64(
  to: Float64Array,
  start: number,
  stride: number,
  count: number,
  from: Float64Array,
  at: number,
): void {
  let p = start;
  let q = at;
  for (const end = at + count - 3; q < end; q += 4) {
    to[p] = from[q]!;
    to[p + stride] = from[q + 1]!;
    to[p + 2 * stride] = from[q + 2]!;
    to[p + 3 * stride] = from[q + 3]!;
    p += 4 * stride;
  }
  for (const end = at + count; q < end; q++, p += stride) to[p] = from[q]!;
}

function putF16(
  to: Uint16Array,
  start: number,
  stride: number,
  count: number,
  from: Float64Array,
  at: number,
): void {
  let p = start;
  for (let q = at; q < at + count; q++, p += stride) to[p] = encodeHalf(from[q]!);
}

function putI32(
  to: Int32Array,
  start: number,
  stride: number,
  count: number,
  from: Int32Array,
  at: number,
): void {
  let p = start;
  for (let q = at; q < at + count; q++, p += stride) to[p] = from[q]!;
}
