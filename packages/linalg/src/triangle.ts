import { type Backend, type DType, type MatrixView, transposeView, windowView } from "@blk/core";
import { invertLower } from "./invert-lower.js";
import type { Leaves } from "./leaves.js";
import { largestOf, outOfRange } from "./operands.js";
import { refineAbove } from "./params.js";
import type { Scratch } from "./scratch.js";
import { copy, diagonalOf, gemm, half, rowsOf } from "./views.js";

/** The diagonal blocks of a triangular matrix, one below the other, without what is not of the triangle. */
export interface DiagonalBlocks {
  readonly size: number;
  /** n×size: block i in the rows that it has in the matrix. */
  readonly blocks: MatrixView;
  readonly inverses: MatrixView;
  /** Which blocks are so badly conditioned that a solution by the inverse is refined. */
  readonly refined: boolean[];
}

/** Memory for the diagonal blocks of a triangular matrix of order `n`. */
export function diagonalBlocks(
  scratch: Scratch,
  dtype: DType,
  n: number,
  size: number,
): DiagonalBlocks {
  const blocks = scratch.view(dtype, n, Math.min(n, size));
  return { size, blocks, inverses: scratch.view(dtype, n, Math.min(n, size)), refined: [] };
}

/**
 * A triangular matrix that solves by products alone. The other triangle of `view` may hold anything.
 *
 * Recursive: `[L₁₁ 0; L₂₁ L₂₂]·X = B` is `L₁₁·X₁ = B₁`, then `L₂₂·X₂ = B₂ − L₂₁·X₁`. A diagonal
 * block is multiplied by its inverse: `X = T⁻¹B`, and, if badly conditioned, `X += T⁻¹(B − T·X)`.
 * Source: Du Croz and Higham, "Stability of methods for matrix inversion", IMA J. Numer. Anal. 12
 * (1992); Higham, "Accuracy and Stability of Numerical Algorithms" (2002), §§8, 12.1, 14.
 */
export class Triangle {
  readonly view: MatrixView;
  readonly lower: boolean;
  private readonly diagonal: DiagonalBlocks;
  private readonly isTransposed: boolean;
  /** The row of `diagonal` at which this triangle begins. */
  private readonly origin: number;

  constructor(
    view: MatrixView,
    lower: boolean,
    diagonal: DiagonalBlocks,
    isTransposed = false,
    origin = 0,
  ) {
    this.view = view;
    this.lower = lower;
    this.diagonal = diagonal;
    this.isTransposed = isTransposed;
    this.origin = origin;
  }

  /** Tᵀ, on the same memory. */
  transpose(): Triangle {
    const { view, lower, diagonal, isTransposed, origin } = this;
    return new Triangle(transposeView(view), !lower, diagonal, !isTransposed, origin);
  }

  /** The part on the diagonal from `from` to `to`, whole diagonal blocks but for the last. */
  part(from: number, to: number): Triangle {
    const { view, lower, diagonal, isTransposed, origin } = this;
    return new Triangle(diagonalOf(view, from, to), lower, diagonal, isTransposed, origin + from);
  }

  /** `x ← T⁻¹·b`. Overwrites `b`, which does not overlap x. */
  solve(backend: Backend, x: MatrixView, b: MatrixView): void {
    if (x.cols > 0) this.solveRange(backend, x, b, 0, this.view.rows);
  }

  /** `x ← T⁻¹·x`, by way of a copy in `held`, which is as large. */
  solveInPlace(backend: Backend, x: MatrixView, held: MatrixView): void {
    copy(backend, x, held);
    this.solve(backend, x, held);
  }

  private solveRange(
    backend: Backend,
    x: MatrixView,
    b: MatrixView,
    from: number,
    to: number,
  ): void {
    const { size } = this.diagonal;
    if (to - from <= size) {
      this.solveBlock(backend, rowsOf(x, from, to), rowsOf(b, from, to), from);
      return;
    }
    const middle = from + half(to - from, size);
    const [first, second] = this.lower
      ? [[from, middle] as const, [middle, to] as const]
      : [[middle, to] as const, [from, middle] as const];
    this.solveRange(backend, x, b, ...first);
    const [row, end] = second;
    const factor = windowView(this.view, row, first[0], end - row, first[1] - first[0]);
    gemm(backend, rowsOf(b, row, end), factor, rowsOf(x, ...first), { alpha: -1, beta: 1 });
    this.solveRange(backend, x, b, ...second);
  }

  private solveBlock(backend: Backend, x: MatrixView, b: MatrixView, from: number): void {
    if (x.rows === 0) return;
    const inverse = this.block(this.diagonal.inverses, from, x.rows);
    gemm(backend, x, inverse, b);
    if (this.diagonal.refined[(this.origin + from) / this.diagonal.size] !== true) return;
    gemm(backend, b, this.block(this.diagonal.blocks, from, x.rows), x, { alpha: -1, beta: 1 });
    gemm(backend, x, inverse, b, { beta: 1 });
  }

  private block(stack: MatrixView, from: number, size: number): MatrixView {
    const block = windowView(stack, this.origin + from, 0, size, size);
    return this.isTransposed ? transposeView(block) : block;
  }
}

interface TriangleKind {
  readonly lower: boolean;
  /** Whether its diagonal is taken to be ones. */
  readonly unit: boolean;
  readonly first?: number;
}

/**
 * Takes the diagonal blocks of a triangular matrix that is there already. Resolves to the first column
 * with a diagonal element that is zero, or so small that the inverse of its block cannot be stored, if
 * there is one: then it cannot solve. Rejects with `ARGUMENT` where elements are too large. In messages,
 * and in what is returned, columns are counted from `first`.
 */
export async function fillDiagonal(
  operation: string,
  leaves: Leaves,
  view: MatrixView,
  { lower, unit, first = 0 }: TriangleKind,
  { size, blocks, inverses, refined }: DiagonalBlocks,
): Promise<number | undefined> {
  const oriented = (block: MatrixView): MatrixView => (lower ? block : transposeView(block));
  const starts = Array.from({ length: Math.ceil(view.rows / size) }, (_, i) => i * size);
  const lengths = starts.map((start) => Math.min(size, view.rows - start));
  const stacked = (stack: MatrixView): MatrixView[] =>
    starts.map((start, i) => {
      const length = lengths[i] as number;
      return oriented(windowView(stack, start, 0, length, length));
    });
  const sources = starts.map((start, i) =>
    oriented(diagonalOf(view, start, start + (lengths[i] as number))),
  );
  const targets = [...stacked(blocks), ...stacked(inverses)];
  return leaves.run({ reads: sources, writes: targets }, ({ reads, writes }) => {
    const range = largestOf(view.dtype);
    let singular: number | undefined;
    for (const [i, elements] of reads.entries()) {
      const n = lengths[i] as number;
      const block = writes[i] as Float64Array;
      const start = first + (starts[i] as number);
      takeLower(elements, n, unit, block);
      // What overflowed anywhere in a square matrix has spoilt the diagonal by now.
      const spoilt = firstBeyond(block, n, range);
      if (spoilt !== undefined) throw outOfRange(operation, view.dtype, start + spoilt);
      const inverse = writes[starts.length + i] as Float64Array;
      const { condition, singularAt } = invertLower(block, n, inverse, range);
      refined[i] = condition > refineAbove;
      if (singularAt !== undefined) singular ??= start + singularAt;
    }
    return singular;
  });
}

/** The first diagonal element of an n×n block that cannot be stored. */
function firstBeyond(block: Float64Array, n: number, range: number): number | undefined {
  for (let i = 0; i < n; i++) if (!(Math.abs(block[i * n + i] as number) <= range)) return i;
  return undefined;
}

/** `block ← ` the lower triangle of n×n `elements`, with ones on its diagonal if `unit`. */
function takeLower(elements: Float64Array, n: number, unit: boolean, block: Float64Array): void {
  block.fill(0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) block[i * n + j] = elements[i * n + j] as number;
    if (unit) block[i * n + i] = 1;
  }
}
