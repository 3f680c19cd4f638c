import { type DType, decodeHalf, encodeHalf, type MatrixView } from "@blk/core";
import type { Layout, TestWorkspace } from "./workspace.js";

/** How a rows×cols matrix lies in memory, in elements. */
export type LayoutOf = (rows: number, cols: number) => Layout;

/** Layouts whose elements have places of their own. */
export const ownLayouts = {
  rows: (_: number, cols: number) => ({ rowStride: cols, colStride: 1 }),
  columns: (rows: number) => ({ rowStride: 1, colStride: rows }),
  padded: (_: number, cols: number) => ({ rowStride: cols + 3, colStride: 1, offset: 1 }),
  "padded columns": (rows: number) => ({ rowStride: 1, colStride: rows + 3, offset: 1 }),
  strided: (_: number, cols: number) => ({ rowStride: 2 * cols + 1, colStride: 2 }),
  reversed: (_: number, cols: number) => ({ rowStride: -cols, colStride: -1 }),
} satisfies Record<string, LayoutOf>;

/** Layouts of inputs that repeat elements. */
export const broadcastLayouts = {
  "one row": () => ({ rowStride: 0, colStride: 1 }),
  "one column": () => ({ rowStride: 1, colStride: 0 }),
  "one number": () => ({ rowStride: 0, colStride: 0 }),
} satisfies Record<string, LayoutOf>;

/** The number that storing a float in `dtype` leaves; i32 wraps. */
export function stored(dtype: DType, value: number): number {
  switch (dtype) {
    case "f64":
      return value;
    case "f32":
      return Math.fround(value);
    case "f16":
      return decodeHalf(encodeHalf(value));
    case "i32":
      return value | 0;
  }
}

/** `count` numbers that are exact in `dtype`: of magnitudes around 1, or of all 32 bits. */
export function randomNumbers(dtype: DType, count: number, seed = 1): number[] {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Array.from({ length: count }, () => {
    next();
    return dtype === "i32" ? Math.floor(next() * 2 ** 32) : stored(dtype, 4 * next());
  });
}

/** What lies in a view's buffer around its elements: 7 everywhere, if nothing wrote there. */
export function outside(test: TestWorkspace, view: MatrixView): number[] {
  const { rows, cols, offset, rowStride, colStride } = view;
  const all: (number | undefined)[] = test.contents(view);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) all[offset + i * rowStride + j * colStride] = undefined;
  }
  return all.filter((value) => value !== undefined);
}

/** The first places where numbers differ, in words that stay short however many there are. */
export function differences(actual: readonly number[], expected: readonly number[]): string[] {
  const found = actual.length === expected.length ? [] : [`${actual.length} numbers`];
  for (let k = 0; k < expected.length && found.length < 5; k++) {
    if (actual[k] !== expected[k] && !Object.is(actual[k], expected[k])) {
      found.push(`${k}: ${actual[k]}, expected ${expected[k]}`);
    }
  }
  return found;
}
