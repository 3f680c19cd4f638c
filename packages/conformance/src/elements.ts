import { type DType, decodeHalf, encodeHalf, type HostArray, newHostArray } from "@blk/core";
import type { Operand, Result } from "./case.js";
import { broadcastLayouts, type Layout } from "./layout.js";

/** A generator of numbers from a seed (mulberry32, T. Ettinger 2017): uniform in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The number that storing `value` in `dtype` leaves: rounded to nearest; to i32 truncated, saturated, NaN to 0. */
export function stored(dtype: DType, value: number): number {
  switch (dtype) {
    case "f64":
      return value;
    case "f32":
      return Math.fround(value);
    case "f16":
      return decodeHalf(encodeHalf(value));
    case "i32":
      return Number.isNaN(value)
        ? 0
        : Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)) + 0;
  }
}

/** Host memory of numbers that are exact in `dtype`. */
export function toHost(dtype: DType, values: ArrayLike<number>): HostArray {
  const host = newHostArray(dtype, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    host[i] = dtype === "f16" ? encodeHalf(value) : value;
  }
  return host;
}

/** The numbers in host memory. */
export function fromHost(host: HostArray): Float64Array {
  return Float64Array.from(host, (x) => (host instanceof Uint16Array ? decodeHalf(x) : x));
}

/** What random elements are like. */
export type Kind =
  /** Digits in every place, of magnitudes around 1 (i32: all 32 bits). */
  | "full"
  /** Small whole numbers: sums and products of few of them are exact in every type. */
  | "whole";

/** `count` numbers that are exact in `dtype`. */
export function randomElements(
  dtype: DType,
  count: number,
  seed: number,
  kind: Kind = "full",
): Float64Array {
  const next = randomNumbers(seed);
  return Float64Array.from({ length: count }, () => {
    const u = next();
    if (kind === "whole") return Math.floor(u * 7) - 3;
    if (dtype === "i32") return Math.floor((u - 0.5) * 2 ** 32);
    return stored(dtype, (u - 0.5) * (next() < 0.2 ? 8 : 2));
  });
}

/** A random operand; elements of a broadcast layout repeat. */
export function randomOperand(
  name: string,
  dtype: DType,
  rows: number,
  cols: number,
  layout: Layout,
  seed: number,
  kind: Kind = "full",
): Operand {
  const count = rows * cols;
  const elements = randomElements(dtype, count, seed, kind);
  if (broadcastLayouts.includes(layout)) {
    for (let at = 0; at < count; at++) {
      const row = layout === "one column" ? Math.floor(at / cols) : 0;
      const col = layout === "one row" ? at % cols : 0;
      elements[at] = elements[row * cols + col] as number;
    }
  }
  return { name, dtype, rows, cols, layout, elements };
}

/** An operand of given numbers. */
export function operandOf(
  name: string,
  dtype: DType,
  rows: number,
  cols: number,
  numbers: ArrayLike<number>,
  layout: Layout = "rows",
): Operand {
  const elements = Float64Array.from(numbers, (x) => stored(dtype, x));
  return { name, dtype, rows, cols, layout, elements };
}

/** A result to be computed. */
export function resultOf(
  name: string,
  dtype: DType,
  rows: number,
  cols: number,
  layout: Layout = "rows",
  initial?: Float64Array,
): Result {
  const result = { name, dtype, rows, cols, layout };
  return initial === undefined ? result : { ...result, initial };
}
