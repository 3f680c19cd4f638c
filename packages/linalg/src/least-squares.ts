import { type BlockMatrix, checkFloatingPoint } from "@blk/core";
import { checkRightHandSide, workingDType } from "./operands.js";
import { type PivotedQROptions, qrWithPivoting } from "./pivoted-qr.js";
import { qr } from "./qr.js";
import { checkAllFinite, snapshot } from "./snapshot.js";

/** Options of {@link leastSquares}. */
export interface LeastSquaresOptions extends PivotedQROptions {
  /**
   * `full` promises that A's columns are independent (m ≥ n): QR without pivoting, which is faster.
   * `unknown`, the default, finds the rank by pivoting.
   */
  readonly rank?: "full" | "unknown";
}

/**
 * X that minimises ‖A·X − B‖₂ column by column, A being m×n; where many do, because A has fewer rows
 * than columns or dependent ones, the one of smallest norm. By QR with column pivoting and a complete
 * orthogonal factorisation (Golub and Van Loan, 2013, §5.5).
 *
 * Rejects with `SHAPE`, `ARGUMENT` (an element is not finite), `DTYPE`, `BACKEND_MISMATCH`,
 * `DISPOSED`; with `rank: "full"` also `SINGULAR` for a column that is dependent to the last bit.
 *
 * ```ts
 * using x = await leastSquares(a, b);
 * ```
 */
export async function leastSquares(
  a: BlockMatrix,
  b: BlockMatrix,
  options: LeastSquaresOptions = {},
): Promise<BlockMatrix> {
  const operation = "leastSquares";
  checkFloatingPoint(operation, a);
  const system = { backend: a.backend, dtype: workingDType(a), rows: a.rows, name: String(a) };
  checkRightHandSide(operation, system, b);
  using right = snapshot(operation, b);
  const { rank = "unknown", ...pivoting } = options;
  const pending = rank === "full" ? qr(a) : qrWithPivoting(a, pivoting);
  using factors = await pending;
  await checkAllFinite(operation, right);
  return factors.solve(right);
}
