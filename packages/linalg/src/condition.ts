import { BlockMatrix, checkFloatingPoint, isBlkError } from "@blk/core";
import { type LU, lu } from "./lu.js";
import { matrixNorm } from "./norms.js";
import { checkSquare } from "./operands.js";

/**
 * An estimate of κ₁(A) = ‖A‖₁·‖A⁻¹‖₁ from a few solutions, without the inverse: a lower bound, seldom
 * wrong by more than a factor of 3. ∞ for a matrix that is singular to the last bit, or
 * whose inverse is beyond the range of the element type; 0 for one without elements.
 *
 * Rejects with `SHAPE`, `ARGUMENT`, `DTYPE`, `DISPOSED`. Source: Hager, SIAM J. Sci. Stat. Comput. 5
 * (1984); Higham (2002), algorithm 15.4, as in LAPACK's lacon.
 *
 * ```ts
 * if ((await conditionEstimate(a)) > 1e12) …
 * ```
 */
export async function conditionEstimate(a: BlockMatrix): Promise<number> {
  checkFloatingPoint("conditionEstimate", a);
  checkSquare("conditionEstimate", a);
  using norm = matrixNorm(a, "one");
  const pending = lu(a);
  using factors = await pending;
  if (factors.rows === 0) return 0;
  const size = await norm.toNumber();
  try {
    return size * (await inverseNormEstimate(factors));
  } catch (error) {
    if (isBlkError(error, "SINGULAR")) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** An estimate of ‖A⁻¹‖₁. */
async function inverseNormEstimate(factors: LU): Promise<number> {
  const { backend, dtype, rows: n } = factors;
  const apply = async (vector: readonly number[], transpose: boolean): Promise<number[]> => {
    using x = BlockMatrix.fromArray(backend, vector, { rows: n, cols: 1, dtype });
    using y = factors.solve(x, { transpose });
    return Array.from(await y.toArray());
  };
  let x: readonly number[] = new Array<number>(n).fill(1 / n);
  let estimate = 0;
  for (let step = 0; step < 5; step++) {
    const y = await apply(x, false);
    const size = norm1(y);
    if (step > 0 && size <= estimate) break;
    estimate = size;
    const signs = y.map((value) => (value >= 0 ? 1 : -1));
    const z = (await apply(signs, true)).map(Math.abs);
    const steepest = z.indexOf(Math.max(...z));
    const slope = x.reduce((sum, value, i) => sum + value * (z[i] as number), 0);
    if (step > 0 && (z[steepest] as number) <= slope) break;
    x = z.map((_, i) => (i === steepest ? 1 : 0));
  }
  // A vector on which the iteration is known to fail less often than on others.
  const alternating = Array.from(
    { length: n },
    (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + i / Math.max(1, n - 1)),
  );
  const other = (2 * norm1(await apply(alternating, false))) / (3 * n);
  return Math.max(estimate, other);
}

function norm1(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.abs(value), 0);
}
