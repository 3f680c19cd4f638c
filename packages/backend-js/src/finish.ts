import { BlkError } from "@blk/core";
import { loadInputs } from "./elementwise.js";
import type { Finish } from "./gemm.js";
import { type Lanes, type Program, run } from "./program.js";
import { forEachRectangle } from "./rectangles.js";
import { loadFloat, loadInteger, packDoubles, type Rectangle, store } from "./transfer.js";
import type { Window } from "./window.js";

/** The end of a product: `c ← E(alpha · sums + beta · c)`. */
export interface Ending<T extends Lanes> {
  readonly alpha: number;
  readonly beta: number;
  /** The compiled epilogue; absent: the finished sum itself. */
  readonly epilogue: Program<T> | undefined;
  /** Scratch of a chunk each, for the finished sums and for c. */
  readonly sum: T;
  readonly old: T;
  readonly chunk: number;
}

/**
 * Makes the function that finishes the blocks of one product: scales, adds what was in `c` (which
 * is not read where beta is 0), applies the epilogue, and stores, rounding once.
 */
export function finishInto<T extends Lanes>(
  ending: Ending<T>,
  c: Window,
  operands: readonly Window[],
): Finish<T> {
  const { alpha, beta, epilogue } = ending;
  if (alpha === 1 && beta === 0 && epilogue === undefined) {
    return (sums, ld, block) => store(c, block, sums, 0, ld);
  }
  const single = c.dtype !== "f64";
  const product = epilogue?.inputs.find(({ index }) => index === 0)?.lanes ?? ending.sum;
  const place: Rectangle = { row: 0, col: 0, rows: 0, cols: 0 };
  return (sums, ld, block) => {
    forEachRectangle(block.rows, block.cols, ending.chunk, (part) => {
      place.row = block.row + part.row;
      place.col = block.col + part.col;
      place.rows = part.rows;
      place.cols = part.cols;
      scale(sums, part.row * ld + part.col, ld, part, alpha, product);
      if (beta !== 0) addOld(c, place, single, beta, ending.old, product);
      if (epilogue === undefined) return store(c, place, product);
      loadInputs(epilogue, operands, place, single, 1);
      run(epilogue, part.rows * part.cols);
      store(c, place, epilogue.result);
    });
  };
}

/** Throws `DTYPE` unless alpha and beta are i32. */
export function checkIntegerScalars(alpha: number, beta: number): void {
  if (Number.isInteger(alpha) && Number.isInteger(beta)) return;
  throw new BlkError(
    "DTYPE",
    `multiply: alpha and beta must be integers for i32, got ${alpha} and ${beta}`,
  );
}

function scale(
  sums: Lanes,
  at: number,
  ld: number,
  part: Readonly<Rectangle>,
  alpha: number,
  to: Lanes,
): void {
  const count = part.rows * part.cols;
  if (sums instanceof Float64Array && to instanceof Float64Array) {
    packDoubles(sums, at, ld, part, to);
    if (alpha !== 1) for (let q = 0; q < count; q++) to[q] = alpha * to[q]!;
    return;
  }
  for (let i = 0, q = 0; i < part.rows; i++) {
    for (let j = 0; j < part.cols; j++) to[q++] = Math.imul(alpha, sums[at + i * ld + j]!);
  }
}

function addOld(
  c: Window,
  part: Readonly<Rectangle>,
  single: boolean,
  beta: number,
  old: Lanes,
  to: Lanes,
): void {
  const count = part.rows * part.cols;
  if (old instanceof Int32Array) {
    loadInteger(c, part, old);
    for (let q = 0; q < count; q++) to[q] = to[q]! + Math.imul(beta, old[q]!);
  } else {
    loadFloat(c, part, old, single);
    for (let q = 0; q < count; q++) to[q] = to[q]! + beta * old[q]!;
  }
}
