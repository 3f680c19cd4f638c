import type { BlockMatrix } from "@blk/core";
import type { RankOptions } from "./rank-options.js";
import { stored } from "./snapshot.js";
import { svd } from "./svd.js";

/**
 * The pseudo-inverse A⁺ of Moore and Penrose, n×m, by {@link svd}. To solve with it, use
 * {@link minimumNorm}: that is faster and more accurate. Rejects as `svd`, and with `ARGUMENT` for a tolerance
 * that is no number or a result that leaves the range of the element type.
 *
 * ```ts
 * using inverse = await pseudoInverse(a);
 * ```
 */
export async function pseudoInverse(
  a: BlockMatrix,
  options: RankOptions = {},
): Promise<BlockMatrix> {
  const name = String(a);
  const pending = svd(a);
  using decomposition = await pending;
  return await stored("pseudoInverse", name, decomposition.pseudoInverse(options));
}
