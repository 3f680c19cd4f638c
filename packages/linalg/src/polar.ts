import { BlkError, type BlockMatrix, expr, map, matmul, transpose } from "@blk/core";
import { MatrixFactors } from "./matrix-factors.js";
import { svd } from "./svd.js";

/** `A = U·H`: U has orthonormal columns, H is symmetric positive semidefinite. */
export class PolarDecomposition extends MatrixFactors {
  /** m×n: of all matrices with orthonormal columns, the nearest to A. */
  readonly u: BlockMatrix;
  /** n×n. */
  readonly h: BlockMatrix;

  constructor(u: BlockMatrix, h: BlockMatrix) {
    super(u.rows, u.cols, [u, h]);
    this.u = u;
    this.h = h;
  }
}

/**
 * The polar decomposition of an m×n matrix with m ≥ n, of any rank, from its singular values:
 * U·Vᵀ times V·diag(s)·Vᵀ (Higham, Functions of Matrices, 2008, §8.1). Backward stable, and here no slower
 * than Newton's iteration, whose eight or nine inversions cost more than one decomposition.
 * Rejects as {@link svd}, and with `SHAPE` for a wide matrix.
 *
 * ```ts
 * using factors = await polar(a);
 * ```
 */
export async function polar(a: BlockMatrix): Promise<PolarDecomposition> {
  if (a.rows < a.cols) {
    throw new BlkError(
      "SHAPE",
      `polar: expected at least as many rows as columns, got ${a}; decompose its transpose`,
      { details: { rows: a.rows, cols: a.cols } },
    );
  }
  using decomposition = await svd(a);
  const { u, s, v } = decomposition;
  using row = transpose(s);
  // A product with its own transpose is symmetric to the bit.
  using root = map([v, row], (x, value) => expr.mul(x, expr.sqrt(value)));
  const h = matmul(root, root, { transposeB: true });
  return new PolarDecomposition(matmul(u, v, { transposeB: true }), h);
}
