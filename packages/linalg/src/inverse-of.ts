import { BlockMatrix } from "@blk/core";
import type { LU } from "./lu.js";

/** A⁻¹, or A⁻ᵀ, of what was factorised. Throws `SINGULAR`. */
export function inverseOf(
  factors: LU,
  options: { readonly transpose?: boolean } = {},
): BlockMatrix {
  const { backend, rows, dtype } = factors;
  using one = BlockMatrix.identity(backend, rows, { dtype });
  return factors.solve(one, options);
}
