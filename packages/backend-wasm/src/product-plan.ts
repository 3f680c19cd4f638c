import {
  bytesPerElement,
  computeDType,
  type DType,
  type MatrixView,
  type Product,
  type ProductOptions,
} from "@blk/core";
import type { Finish } from "./finish.js";
import type { GemmKernels } from "./gemm-kernels.js";
import { arithmetics, type ComputeType } from "./kernels/arithmetic.js";
import { mostSums } from "./kernels/gemm.js";
import { inPlace, usedByColumns, usedByRows } from "./kernels/gemm-items.js";
import { transposeWindow, type Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/** A term with its memory at hand. */
export interface PlannedTerm {
  a: Window;
  b: Window;
  readonly rows: Window | undefined;
  /** How A and B are used where they lie; `undefined` if they are packed. */
  useA: number | undefined;
  useB: number | undefined;
}

/** A product with its memory at hand, in the orientation in which it is computed. */
export interface PlannedProduct {
  readonly type: ComputeType;
  readonly c: Window;
  readonly terms: readonly PlannedTerm[];
  readonly operands: readonly Window[];
  /** Whether the sums are made in the result's own memory. */
  readonly isDirect: boolean;
  /** Whether sums become results by a kernel of their own: scaled, converted, by an epilogue. */
  readonly isFinished: boolean;
  readonly finish: Finish;
  /** Whether its terms are so short that they are packed side by side: see `kernels/gemm-items.ts`. */
  readonly isJoined: boolean;
  /** Columns and steps of k that are taken at a time. */
  readonly colStep: number;
  readonly kStep: number;
  /** Rows and columns of the items that it is cut into. */
  itemRows: number;
  itemCols: number;
  readonly flops: number;
}

/** The arithmetic in which results of a type are computed. */
export function arithmeticOf({ reproducible }: Workspace, dtype: DType): ComputeType {
  const type = computeDType(dtype) as ComputeType;
  return reproducible && type === "f32" ? "f64" : type;
}

/**
 * How one product is computed. A result with adjacent columns is summed in place; one with adjacent
 * rows is computed as its transpose, `cᵀ = bᵀ·aᵀ`; any other, and one that its old value enters, is
 * summed in scratch memory, piece by piece, and finished from there.
 */
export function planProduct(
  workspace: Workspace,
  { finishes, params }: GemmKernels,
  product: Product,
  options: ProductOptions,
): PlannedProduct {
  const window = (view: MatrixView): Window => workspace.window(view, "multiply");
  const type = arithmeticOf(workspace, product.c.dtype);
  const c = window(product.c);
  const size = bytesPerElement(c.dtype);
  const operands = product.operands?.map(window) ?? [];
  let steps = 0;
  let hasIndices = false;
  const terms = product.terms.map(({ a, b, rows }): PlannedTerm => {
    steps += a.cols;
    hasIndices ||= rows !== undefined;
    return {
      a: window(a),
      b: window(b),
      rows: rows && window(rows),
      useA: undefined,
      useB: undefined,
    };
  });
  if (!hasIndices && isBetterTransposed(c, size)) {
    transposeWindow(c);
    for (const operand of operands) transposeWindow(operand);
    for (const term of terms) {
      const { a, b } = term;
      transposeWindow(a);
      transposeWindow(b);
      term.a = b;
      term.b = a;
    }
  }
  // One column has no distance from the next.
  for (const { a } of terms) if (a.cols === 1) a.colStride = bytesPerElement(a.dtype);
  if (c.cols === 1) {
    for (const { b } of terms) b.colStride = bytesPerElement(b.dtype);
    for (const one of [c, ...operands]) one.colStride = bytesPerElement(one.dtype);
  }
  const finish = finishes.of(type, options);
  const isDirect = c.dtype === type && c.colStride === size && !finish.hasBeta;
  const isFinished = finish.expression !== undefined || !isDirect;
  const { rows, cols } = c;
  const itemCols = isFinished ? Math.min(cols, finishedCols) : cols;
  const itemRows = isFinished
    ? Math.min(rows, Math.floor(mostSums / sumsCols(type, itemCols)))
    : rows;
  const flops = 2 * rows * cols * steps;
  const { kc, mc, nc } = params[type];
  const isJoined =
    terms.length > 1 && rows > fewRows && rows <= mc && terms.every(({ a }) => 2 * a.cols <= kc);
  for (const term of terms) {
    term.useB = useOfB(c, term.b, type, workspace.reproducible);
    term.useA = isJoined ? undefined : useOfA(c, term, type);
  }
  const isStreamed = terms.every(({ useA, useB }) => useA !== undefined && useB !== undefined);
  const [colStep, kStep] = isStreamed ? [streamedStep, streamedStep] : [nc, kc];
  const how = { isDirect, isFinished, finish, isJoined, colStep, kStep };
  return { type, c, terms, operands, ...how, itemRows, itemCols, flops };
}

/** Up to so many rows, each is a vector times a matrix: packing that costs more than reading it again. */
const fewRows = 3;

/**
 * Columns, and steps of k, of a B that is read in place: stretches of 32 KiB, which prefetchers
 * follow, and sums that stay in the first-level cache.
 */
const streamedStep = 8192;

/** How B is used where it lies, or `undefined` if it is packed. */
function useOfB(
  c: Window,
  b: Window,
  type: ComputeType,
  reproducible: boolean,
): number | undefined {
  const { bytes } = arithmetics[type];
  if (b.dtype !== type || c.rows > fewRows) return undefined;
  if (b.colStride === bytes) return usedByRows;
  return b.rowStride === bytes && !reproducible ? usedByColumns : undefined;
}

/** Likewise A. Vectors times rows take it one number at a time, from anywhere. */
function useOfA(c: Window, { a, rows, useB }: PlannedTerm, type: ComputeType): number | undefined {
  if (a.dtype !== type || rows !== undefined) return undefined;
  if (useB === usedByRows) return inPlace;
  const isPlain = a.colStride === arithmetics[type].bytes && !isWorthPacking(a, c.cols);
  return isPlain ? inPlace : undefined;
}

/**
 * Rows of A that lie a large power of two apart fall on the same lines of the cache. Packing them
 * once pays where many panels of B pass by.
 */
function isWorthPacking(a: Window, cols: number): boolean {
  return cols >= 128 && a.rows >= 64 && Math.abs(a.rowStride) % 1024 === 0;
}

/** Whether its columns are the ones to walk along: they are adjacent, or there is but one. */
function isBetterTransposed(c: Window, size: number): boolean {
  if (c.rows === 1) return false;
  return c.cols === 1 || (c.colStride !== size && c.rowStride === size);
}

/**
 * Columns of a piece of a result that is finished by a kernel of its own: with as many rows, its
 * sums take 1 MiB, which the second level of cache holds in part, the third wholly.
 */
const finishedCols = 512;

/** Columns with which sums lie in scratch memory: whole vectors. */
export function sumsCols(type: ComputeType, cols: number): number {
  const { lanes } = arithmetics[type];
  return Math.max(1, Math.ceil(cols / lanes)) * lanes;
}

/** Operations from which a product is worth sharing among threads. */
const sharedFlops = 2 ** 20;

/** Cuts large products into items, so that each thread finds several; the cuts change no bit. */
export function shareProducts(products: readonly PlannedProduct[], threads: number): void {
  if (threads === 1) return;
  const total = products.reduce((sum, { flops }) => sum + flops, 0);
  for (const product of products) {
    const { rows, cols } = product.c;
    const share = Math.max(sharedFlops, total / (4 * threads));
    const pieces = Math.ceil(product.flops / share);
    if (pieces < 2) continue;
    // Rows first: each piece packs its columns of B anew, which few rows do not repay.
    const rowPieces = Math.min(pieces, Math.ceil(rows / leastRows));
    const colPieces = Math.min(Math.ceil(pieces / rowPieces), Math.ceil(cols / leastCols));
    product.itemRows = Math.min(product.itemRows, roundUp(rows / rowPieces, 8));
    product.itemCols = Math.min(product.itemCols, roundUp(cols / colPieces, 32));
  }
}

const leastRows = 96;
const leastCols = 64;

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
