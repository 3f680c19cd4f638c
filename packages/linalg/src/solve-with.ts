import type { BlockMatrix } from "@blk/core";
import type { Factorisation } from "./factorisation.js";
import { checkSystem } from "./operands.js";
import { checkAllFinite, snapshot, stored } from "./snapshot.js";

/**
 * X of a system, by a factorisation of A that is made for it and freed. Works with a copy of B, which the
 * caller may change meanwhile; `factorise` takes one of A before it returns.
 *
 * Rejects with `SHAPE`, `DTYPE`, `BACKEND_MISMATCH` or `DISPOSED` if the operands do not fit, with
 * `ARGUMENT` if B, or the solution, is not finite.
 */
export async function solveWith<F extends Factorisation>(
  operation: string,
  [a, b]: readonly [a: BlockMatrix, b: BlockMatrix],
  factorise: () => Promise<F>,
  solve: (factors: F, right: BlockMatrix) => BlockMatrix,
): Promise<BlockMatrix> {
  checkSystem(operation, a, b);
  const names = [String(a), String(b)] as const;
  using right = snapshot(operation, b);
  const pending = factorise();
  using factors = await pending;
  await checkAllFinite(operation, right, names[1]);
  return await stored(operation, names.join(" and "), solve(factors, right));
}
