/** Matrices in all layouts for tests, with fences around them, and plain loops to compare with. */
import {
  type Backend,
  bytesPerElement,
  type DType,
  decodeHalf,
  encodeHalf,
  type HostArray,
  type MatrixView,
} from "@blk/core";
import { expect } from "vitest";
import { createJsBackend } from "../src/backend.js";
import { completeParams, type Params } from "../src/params.js";

export const layouts = ["dense", "transposed", "padded", "reversed"] as const;
export type Layout = (typeof layouts)[number];

/** A backend with tiny tiles, so that small sizes reach every loop. */
export function tinyBackend(params: Partial<Params> = {}): Backend {
  return createJsBackend(completeParams({ mc: 8, nc: 8, kc: 5, chunk: 8, ...params }), {
    total: Number.POSITIVE_INFINITY,
    pool: 2 ** 20,
  });
}

const fence = 5;

/** A view whose elements and surroundings are all NaN (i32: a number that no test computes). */
export function matrix(
  backend: Backend,
  dtype: DType,
  rows: number,
  cols: number,
  layout: Layout = "dense",
): MatrixView {
  const [rowStride, colStride, first] = {
    dense: [cols, 1, 0],
    transposed: [1, rows, 0],
    padded: [2 * cols + 3, 2, 0],
    reversed: [-cols, -1, Math.max(0, rows * cols - 1)],
  }[layout] as [number, number, number];
  const extent = rows === 0 || cols === 0 ? 0 : (rows + 1) * (2 * cols + 3);
  const buffer = backend.allocate((2 * fence + extent) * bytesPerElement(dtype));
  backend.hostMemory!(buffer, dtype).fill(emptiness(dtype));
  return { buffer, dtype, rows, cols, offset: fence + first, rowStride, colStride };
}

function emptiness(dtype: DType): number {
  return dtype === "i32" ? 0x7edcba98 : dtype === "f16" ? 0x7e2a : Number.NaN;
}

/** Fills a view: small whole numbers for i32, else numbers with digits in every place. */
export function fill(backend: Backend, view: MatrixView, seed: number): MatrixView {
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < view.rows; i++) {
    for (let j = 0; j < view.cols; j++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const value = view.dtype === "i32" ? (state >>> 3) - 2 ** 28 : state / 2 ** 31 - 1;
      put(backend, view, i, j, value);
    }
  }
  return view;
}

export function random(
  backend: Backend,
  dtype: DType,
  rows: number,
  cols: number,
  layout: Layout,
  seed: number,
): MatrixView {
  return fill(backend, matrix(backend, dtype, rows, cols, layout), seed);
}

/** A view of given rows. */
export function fromRows(
  backend: Backend,
  dtype: DType,
  rows: readonly (readonly number[])[],
): MatrixView {
  const view = matrix(backend, dtype, rows.length, rows[0]?.length ?? 0);
  rows.forEach((row, i) => {
    row.forEach((value, j) => {
      put(backend, view, i, j, value);
    });
  });
  return view;
}

export function put(backend: Backend, view: MatrixView, i: number, j: number, x: number): void {
  const array = backend.hostMemory!(view.buffer, view.dtype);
  array[place(view, i, j)] = view.dtype === "f16" ? encodeHalf(x) : x;
}

export function get(backend: Backend, view: MatrixView, i: number, j: number): number {
  const x = backend.hostMemory!(view.buffer, view.dtype)[place(view, i, j)]!;
  return view.dtype === "f16" ? decodeHalf(x) : x;
}

function place(view: MatrixView, i: number, j: number): number {
  return view.offset + i * view.rowStride + j * view.colStride;
}

/** The number that storing `x` in `dtype` leaves: rounded once from the double, or wrapped. */
export function stored(dtype: DType, x: number): number {
  if (dtype === "f64") return x;
  if (dtype === "i32") return x | 0;
  return dtype === "f32" ? Math.fround(x) : decodeHalf(encodeHalf(x));
}

/** Asserts the bits of every element of a view, and that nothing around them was touched. */
export function expectElements(
  backend: Backend,
  view: MatrixView,
  expected: (i: number, j: number) => number,
): void {
  const inside = new Set<number>();
  for (let i = 0; i < view.rows; i++) {
    for (let j = 0; j < view.cols; j++) {
      inside.add(place(view, i, j));
      const want = expected(i, j);
      const got = get(backend, view, i, j);
      if (!Object.is(got, want)) expect(got, `element (${i}, ${j})`).toBe(want);
    }
  }
  const array: HostArray = backend.hostMemory!(view.buffer, view.dtype);
  array.forEach((x, at) => {
    if (!inside.has(at) && !Object.is(x, emptiness(view.dtype))) {
      expect(x, `the fence at ${at} was overwritten`).toBe(emptiness(view.dtype));
    }
  });
}
