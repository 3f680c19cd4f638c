import {
  bytesPerElement,
  computeDType,
  type DType,
  type MatrixView,
  type PackedOperand,
  type Product,
  type ProductOptions,
} from "@blk/core";
import type { Finish } from "./finish.js";
import type { GemmKernels } from "./gemm-kernels.js";
import { arithmetics, type ComputeType } from "./kernels/arithmetic.js";
import { mostSums } from "./kernels/gemm.js";
import { inPlace, prepacked, usedByColumns, usedByRows } from "./kernels/gemm-items.js";
import { ownPacked } from "./packed-operand.js";
import { type GemmParams, tileColumns } from "./params.js";
import { transposeWindow, type Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/** A term with its memory at hand. */
export interface PlannedTerm {
  a: Window;
  b: Window;
  readonly rows: Window | undefined;
  /** B as it was packed, if it was; where it serves, it takes the place of `b`. */
  readonly packed: PackedOperand | undefined;
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
  /** The sizes of its kernel, which what was packed may decide. */
  readonly params: GemmParams;
  /** Items begin at multiples of so many columns: at whole panels of what was packed. */
  readonly colUnit: number;
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
  kernels: GemmKernels,
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
  let hasPacked = false;
  const terms = product.terms.map(({ a, b, rows, packed }): PlannedTerm => {
    steps += a.cols;
    hasIndices ||= rows !== undefined;
    hasPacked ||= packed !== undefined;
    return {
      a: window(a),
      b: window(b),
      rows: rows && window(rows),
      packed,
      useA: undefined,
      useB: undefined,
    };
  });
  const isTransposed = !hasIndices && isBetterTransposed(c, size);
  if (isTransposed) {
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
  for (const term of terms) {
    term.useB = useOfB(c, term.b, type, arithmetics[type].bytes, workspace.reproducible);
  }
  const packedParams =
    hasPacked && !isTransposed ? usePacked(workspace, kernels, type, terms) : undefined;
  const params = packedParams ?? kernels.params[type];
  const colUnit = packedParams === undefined ? 1 : tileColumns(type, packedParams);
  const finish = kernels.finishes.of(type, options);
  const isDirect = c.dtype === type && c.colStride === size && !finish.hasBeta;
  const isFinished = finish.expression !== undefined || !isDirect;
  const { rows, cols } = c;
  const itemCols = isFinished ? Math.min(cols, roundDown(finishedCols, colUnit)) : cols;
  const { kc, mc, nc } = params;
  const isJoined =
    terms.length > 1 &&
    packedParams === undefined &&
    rows > fewRows &&
    terms.every(({ a }) => 2 * a.cols <= kc);
  // Terms that are packed side by side take the rows that A's panel holds, and no more.
  const mostRows = isJoined ? Math.min(rows, mc) : rows;
  const itemRows = isFinished
    ? Math.min(mostRows, Math.floor(mostSums / sumsCols(type, itemCols)))
    : mostRows;
  const flops = 2 * rows * cols * steps;
  for (const term of terms) term.useA = isJoined ? undefined : useOfA(c, term, type);
  const isStreamed =
    packedParams === undefined &&
    terms.every(({ useA, useB }) => useA !== undefined && useB !== undefined);
  const [colStep, kStep] = isStreamed ? [streamedStep, streamedStep] : [nc, kc];
  const how = { isDirect, isFinished, finish, isJoined, colStep, kStep, params, colUnit };
  return { type, c, terms, operands, ...how, itemRows, itemCols, flops };
}

/**
 * Lets the terms whose B would be packed read what was packed of it, and returns the sizes of the
 * kernel that can: those of the first such term. What was packed for a tile of other columns, before
 * the tuner changed it, is left alone; `undefined` if nothing serves.
 */
function usePacked(
  workspace: Workspace,
  kernels: GemmKernels,
  type: ComputeType,
  terms: readonly PlannedTerm[],
): GemmParams | undefined {
  let params: GemmParams | undefined;
  for (const term of terms) {
    if (term.packed === undefined || term.useB !== undefined) continue;
    const packed = ownPacked(term.packed);
    params ??= kernels.paramsFor(type, packed);
    if (!packed.fits(params)) continue;
    term.b = { ...workspace.window(packed.view, "multiply"), colStride: 0 };
    term.useB = prepacked;
  }
  return params;
}

/** What the terms of a product would read of what was packed, before anything is planned. */
export function packedOf(
  { c, terms }: Product,
  type: ComputeType,
  reproducible: boolean,
): readonly PackedOperand[] {
  const hasIndices = terms.some(({ rows }) => rows !== undefined);
  if (!hasIndices && isBetterTransposed(c, 1)) return [];
  return terms.flatMap(({ b, packed }) =>
    packed === undefined || useOfB(c, b, type, 1, reproducible) !== undefined ? [] : [packed],
  );
}

/** Up to so many rows, each is a vector times a matrix: packing that costs more than reading it again. */
const fewRows = 3;

/**
 * Columns, and steps of k, of a B that is read in place: stretches of 32 KiB, which prefetchers
 * follow, and sums that stay in the first-level cache. Of shorter ones with gaps between them a thread
 * reads 7·10⁹ bytes a second, of whole rows 21·10⁹, which two threads cannot make good.
 */
const streamedStep = 8192;

/** A window, or a view, whose strides count elements. */
type Strided = Pick<Window, "dtype" | "rows" | "cols" | "rowStride" | "colStride">;

/** How B, whose neighbours are `size` apart, is used where it lies; `undefined` if it is packed. */
function useOfB(
  c: Strided,
  b: Strided,
  type: ComputeType,
  size: number,
  reproducible: boolean,
): number | undefined {
  if (b.dtype !== type || c.rows > fewRows) return undefined;
  if (b.colStride === size || b.cols === 1) return usedByRows;
  return b.rowStride === size && !reproducible ? usedByColumns : undefined;
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
function isBetterTransposed(c: Strided, size: number): boolean {
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

/**
 * Cuts large products into items, so that each thread finds several, but for those that are read faster
 * whole; the cuts change no bit.
 */
export function shareProducts(products: readonly PlannedProduct[], threads: number): void {
  if (threads === 1) return;
  const total = products.reduce((sum, { flops }) => sum + flops, 0);
  for (const product of products) {
    const { rows, cols } = product.c;
    const share = Math.max(sharedFlops, total / (4 * threads));
    const pieces = Math.ceil(product.flops / share);
    if (pieces < 2) continue;
    const isReadByRows = product.terms.some(({ useB }) => useB === usedByRows);
    const [mostRowPieces, mostColPieces] = [
      Math.ceil(rows / leastRows),
      Math.ceil(cols / (isReadByRows ? streamedStep : leastCols)),
    ];
    // Pieces of many rows share a B that was packed before; of few, each packs its columns of B itself.
    const isTall = rows >= 2 * leastRows;
    const rowPieces = isTall
      ? Math.min(pieces, mostRowPieces)
      : Math.min(Math.ceil(pieces / mostColPieces), mostRowPieces);
    const colPieces = Math.min(Math.ceil(pieces / rowPieces), mostColPieces);
    product.itemRows = Math.min(product.itemRows, roundUp(rows / rowPieces, product.params.mr));
    const unit = roundUp(32, product.colUnit);
    product.itemCols = Math.min(product.itemCols, roundUp(cols / colPieces, unit));
  }
}

/** Rows of a piece that a thread takes, at least, where there are so many. */
export const leastRows = 96;
const leastCols = 64;

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

function roundDown(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}
