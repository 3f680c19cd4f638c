import { type BlockMatrix, checkFloatingPoint, type MatrixView } from "@blk/core";
import { choleskyInPlace } from "./cholesky-steps.js";
import { extractTriangle } from "./extract-triangle.js";
import type { Solver } from "./factorisation.js";
import { Leaves } from "./leaves.js";
import { checkSquare, takeOperand } from "./operands.js";
import { OwnedFactors, withMemory } from "./owned-factors.js";
import type { Scratch } from "./scratch.js";
import type { Triangle } from "./triangle.js";

/**
 * `A = L·Lᵀ` of a symmetric positive definite n×n matrix, L lower triangular with a positive
 * diagonal. Only A's lower triangle counts; the upper one is taken to mirror it.
 *
 * Rejects with `NOT_POSITIVE_DEFINITE` and `details.column`, `SHAPE`, `ARGUMENT` (an element that
 * counts is not finite), `DTYPE`, `DISPOSED`. Backward error: Higham (2002), theorem 10.3.
 *
 * ```ts
 * using factors = await cholesky(a);
 * using x = factors.solve(b);
 * ```
 */
export async function cholesky(a: BlockMatrix): Promise<Cholesky> {
  checkFloatingPoint("cholesky", a);
  checkSquare("cholesky", a);
  return withMemory(a.backend, async (memory, temporary) => {
    const view = await takeOperand("cholesky", a, memory, "lower");
    const leaves = new Leaves(a.backend);
    const triangle = await choleskyInPlace(leaves, memory, temporary, view);
    const diagonal = { ...view, cols: Math.min(1, a.cols), rowStride: a.cols + 1 };
    return new Cholesky(a, memory, triangle, await valuesOf(leaves, diagonal));
  });
}

async function valuesOf(leaves: Leaves, view: MatrixView): Promise<Float64Array> {
  return leaves.run({ reads: [view] } as const, ({ reads: [elements] }) => elements.slice());
}

/** See {@link cholesky}. */
export class Cholesky extends OwnedFactors implements Solver {
  private readonly triangle: Triangle;
  private readonly diagonal: Float64Array;

  constructor(a: BlockMatrix, memory: Scratch, triangle: Triangle, diagonal: Float64Array) {
    super("cholesky", a, triangle.view.dtype, memory);
    this.triangle = triangle;
    this.diagonal = diagonal;
  }

  /** L, n×n. */
  lower(): BlockMatrix {
    return this.make("lower", this, (out, scratch) => {
      extractTriangle(this.backend, scratch, this.triangle.view, out, { lower: true });
    });
  }

  /** X of `A·X = B`. Throws `SHAPE`, `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`. */
  solve(b: BlockMatrix): BlockMatrix {
    this.check("solve");
    const { rowPartition } = this;
    return this.make("solve", { rowPartition, colPartition: b.colPartition }, (x, scratch) => {
      const right = this.takeRightHandSides("solve", this.rows, b, scratch);
      const half = scratch.view(this.dtype, this.rows, b.cols);
      this.triangle.solve(this.backend, half, right);
      this.triangle.transpose().solve(this.backend, x, half);
    });
  }

  /** `L⁻¹·B`, or with `transpose` `L⁻ᵀ·B`: what whitens with A as a covariance. Throws as `solve`. */
  solveLower(b: BlockMatrix, options: { readonly transpose?: boolean } = {}): BlockMatrix {
    this.check("solveLower");
    const { rowPartition } = this;
    const layout = { rowPartition, colPartition: b.colPartition };
    return this.make("solveLower", layout, (x, scratch) => {
      const right = this.takeRightHandSides("solveLower", this.rows, b, scratch);
      const triangle = options.transpose === true ? this.triangle.transpose() : this.triangle;
      triangle.solve(this.backend, x, right);
    });
  }

  /** ln det A. */
  logDeterminant(): number {
    this.check("logDeterminant");
    return this.diagonal.reduce((sum, value) => sum + 2 * Math.log(value), 0);
  }
}
