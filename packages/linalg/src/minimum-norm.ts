import { type BlockMatrix, checkFloatingPoint } from "@blk/core";
import { checkRightHandSide, workingDType } from "./operands.js";
import type { RankOptions } from "./rank-options.js";
import { svd } from "./svd.js";

/**
 * Least squares for a matrix of any shape and rank: the X of minimum norm among those that minimise
 * ‖A·X − B‖, by {@link svd} (LAPACK's dgelsd). Rejects as `svd`, and with `SHAPE`, `DTYPE` or
 * `BACKEND_MISMATCH` if B does not fit.
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
  checkFloatingPoint("minimumNorm", a);
  const { backend, rows } = a;
  const system = { backend, rows, dtype: workingDType(a), name: String(a) };
  checkRightHandSide("minimumNorm", system, b);
  using decomposition = await svd(a);
  return decomposition.solve(b, options);
}
