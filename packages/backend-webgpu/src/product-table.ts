import type { MatrixView, Term } from "@blk/core";
import { headerAt } from "./kernel-tasks.js";
import type { KnownExpression } from "./known-expressions.js";
import { windowWords } from "./operands.js";
import { type ComputeType, putConstants } from "./wgsl/expression.js";

/**
 * The parameters of a launch of products, in words:
 *
 * ```
 * header  alpha, beta, constants of the epilogue …
 * task    rows, cols, number of terms, index of the first, window of c, windows of operands …
 * term    k, window of a, window of b, mode of a, mode of b, rows of a, offset and stride of `rows`
 * ```
 *
 * A task that combines partial sums has the number of planes and the offset of the first instead of
 * terms.
 */
export const scalars: {
  readonly alpha: number;
  readonly beta: number;
  readonly constants: number;
} = { alpha: headerAt, beta: headerAt + 1, constants: headerAt + 2 };
export const task = { rows: 0, cols: 1, count: 2, first: 3, c: 4, operands: 7 } as const;
export const term = { k: 0, a: 1, b: 4, modeA: 7, modeB: 8, sourceRows: 9, rows: 10 } as const;
export const termWords = 12;

/** How a factor is staged: bits of a mode. */
export const mode = {
  /** Neighbouring invocations read along the rows or columns of c, not along k. */
  acrossK: 1,
  /** Four neighbouring elements in that direction are one vector in memory. */
  vectors: 2,
} as const;

/** A term and how its factors are read. */
export interface TableTerm extends Term {
  readonly modeA: number;
  readonly modeB: number;
}

/** Words of a task with so many operands of the epilogue. */
export function taskWords(operands: number): number {
  return task.operands + windowWords * operands;
}

/** Words of the header. */
export function headerWords(epilogue: KnownExpression | undefined): number {
  return 2 + (epilogue?.constants.length ?? 0);
}

/** The header of a launch. */
export function headerOf(
  type: ComputeType,
  alpha: number,
  beta: number,
  epilogue: KnownExpression | undefined,
): Int32Array {
  const words = new Int32Array(headerWords(epilogue));
  if (type === "i32") words.set([alpha, beta]);
  else new Float32Array(words.buffer).set([alpha, beta]);
  if (epilogue !== undefined) putConstants(words, 2, epilogue, type);
  return words;
}

/** The words of a task. */
export function taskOf(
  c: MatrixView,
  operands: readonly MatrixView[],
  count: number,
  first: number,
): number[] {
  const words = [c.rows, c.cols, count, first];
  for (const { offset, rowStride, colStride } of [c, ...operands]) {
    words.push(offset, rowStride, colStride);
  }
  return words;
}

/** The words of terms. */
export function termsOf(terms: readonly TableTerm[]): number[] {
  const words: number[] = [];
  for (const { a, b, rows, modeA, modeB } of terms) {
    words.push(a.cols, a.offset, a.rowStride, a.colStride, b.offset, b.rowStride, b.colStride);
    words.push(modeA, modeB, a.rows, rows?.offset ?? 0, rows?.rowStride ?? 0);
  }
  return words;
}
