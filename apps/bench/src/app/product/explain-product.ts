import { type Backend, BlockMatrix, explainMatmul, type MatmulExplanation } from "@blk/core";
import { type BlockProduct, blockKey, lengthsOf, size } from "./block-product.js";

/** What `matmul` would run for a product of f32, and what that costs. Computes nothing. */
export function explainProduct(
  backend: Backend,
  { cuts, absent }: BlockProduct,
): MatmulExplanation {
  const matrix = (
    rows: readonly number[],
    cols: readonly number[],
    missing: ReadonlySet<string>,
  ): BlockMatrix =>
    BlockMatrix.zeros(backend, {
      ...{ rows: size, cols: size, blockRows: lengthsOf(rows), blockCols: lengthsOf(cols) },
      // Where all are there, the matrix is dense and its cuts cost nothing.
      ...(missing.size > 0 && { pattern: (i, j) => !missing.has(blockKey(i, j)) }),
    });
  const a = matrix(cuts.m, cuts.k, absent.a);
  const b = matrix(cuts.k, cuts.n, absent.b);
  try {
    return explainMatmul(a, b);
  } finally {
    a.dispose();
    b.dispose();
  }
}
