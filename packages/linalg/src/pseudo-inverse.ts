import type { BlockMatrix } from "@blk/core";
import type { RankOptions } from "./rank-options.js";
import { svd } from "./svd.js";

/**
 * The pseudo-inverse A⁺ of Moore and Penrose, n×m, by {@link svd}. To solve with it, use
 * {@link minimumNorm}: that is faster and more accurate. Rejects as `svd`.
 *
 * ```ts
 * using inverse = await pseudoInverse(a);
 * ```
 */
export async function pseudoInverse(
  a: BlockMatrix,
  options: RankOptions = {},
): Promise<BlockMatrix> {
  using decomposition = await svd(a);
  return decomposition.pseudoInverse(options);
}
