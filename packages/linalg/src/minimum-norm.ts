import type { BlockMatrix } from "@blk/core";
import type { RankOptions } from "./rank-options.js";
import { solveWith } from "./solve-with.js";
import { svd } from "./svd.js";

/**
 * Least squares for a matrix of any shape and rank: the X of minimum norm among those that minimise
 * ‖A·X − B‖, by {@link svd} (LAPACK's dgelsd). Rejects as `svd`, with `SHAPE`, `DTYPE` or
 * `BACKEND_MISMATCH` if B does not fit, and with `ARGUMENT` if an element of B is not finite or the
 * tolerance is no number.
 *
 * ```ts
 * using x = await minimumNorm(a, b, { tolerance: 1e-10 });
 * ```
 */
export async function minimumNorm(
  a: BlockMatrix,
  b: BlockMatrix,
  options: RankOptions = {},
): Promise<BlockMatrix> {
  return solveWith(
    "minimumNorm",
    [a, b],
    () => svd(a),
    (decomposition, right) => decomposition.solve(right, options),
  );
}
