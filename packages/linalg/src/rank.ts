import type { BlockMatrix } from "@blk/core";
import { workingDType } from "./operands.js";
import { numericalRank, type RankOptions } from "./rank-options.js";
import { singularValuesOnHost } from "./svd.js";

/**
 * The numerical rank of a matrix: how many of its singular values count. Rejects as
 * {@link singularValues}, and with `ARGUMENT` for a tolerance that is no number.
 *
 * ```ts
 * await rank(a, { tolerance: 1e-8 });
 * ```
 */
export async function rank(a: BlockMatrix, options: RankOptions = {}): Promise<number> {
  return numericalRank(await singularValuesOnHost("rank", a), a, workingDType(a), options);
}
