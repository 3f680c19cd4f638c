import type { BlockMatrix } from "@blk/core";
import type { Solver } from "./factorisation.js";
import { checkChoice } from "./operands.js";
import { type PivotedQROptions, qrWithPivoting } from "./pivoted-qr.js";
import { qr } from "./qr.js";
import { solveWith } from "./solve-with.js";

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
 * Rejects with `SHAPE`, `ARGUMENT` (an element is not finite, an option makes no sense), `DTYPE`, `BACKEND_MISMATCH`,
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
  const { rank = "unknown", ...pivoting } = options;
  checkChoice("leastSquares", "rank", rank, ["full", "unknown"]);
  const factorise = (): Promise<Solver> => (rank === "full" ? qr(a) : qrWithPivoting(a, pivoting));
  return solveWith("leastSquares", [a, b], factorise, (factors, right) => factors.solve(right));
}
