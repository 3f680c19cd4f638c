import { type BlockMatrix, checkFloatingPoint } from "@blk/core";
import { cholesky } from "./cholesky.js";
import type { Solver } from "./factorisation.js";
import { inverseOf } from "./inverse-of.js";
import { lu } from "./lu.js";
import { checkSquare } from "./operands.js";
import { stored } from "./snapshot.js";
import { solveWith } from "./solve-with.js";

/**
 * X of `A·X = B` for a square A, by LU with partial pivoting. B has one or many columns. To solve
 * with the same A again, keep its factorisation: {@link lu}.
 *
 * Rejects with `SINGULAR` and `details.column`, `SHAPE`, `ARGUMENT` (an element is not finite, or one of
 * X leaves the range of the element type), `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`.
 *
 * ```ts
 * using x = await solve(a, b);
 * ```
 */
export async function solve(a: BlockMatrix, b: BlockMatrix): Promise<BlockMatrix> {
  checkSquare("solve", a);
  return solveWith("solve", [a, b], () => lu(a), byFactors);
}

/**
 * X of `A·X = B` for a symmetric positive definite A, of which the lower triangle counts: half of
 * the work of {@link solve}. By {@link cholesky}, whose errors it has, and `SHAPE`.
 */
export async function solvePositiveDefinite(a: BlockMatrix, b: BlockMatrix): Promise<BlockMatrix> {
  checkSquare("solvePositiveDefinite", a);
  return solveWith("solvePositiveDefinite", [a, b], () => cholesky(a), byFactors);
}

/**
 * A⁻¹ of a square matrix. To multiply by an inverse, {@link solve}: that is faster and more accurate.
 * Errors as of `solve`.
 */
export async function inverse(a: BlockMatrix): Promise<BlockMatrix> {
  checkFloatingPoint("inverse", a);
  checkSquare("inverse", a);
  const name = String(a);
  const pending = lu(a);
  using factors = await pending;
  return await stored("inverse", name, inverseOf(factors));
}

/**
 * det A of a square matrix: 0 or ±∞ where it leaves the range of doubles (see
 * {@link logDeterminant}). Rejects with `SHAPE`, `ARGUMENT`, `DTYPE`, `DISPOSED`.
 */
export async function determinant(a: BlockMatrix): Promise<number> {
  checkFloatingPoint("determinant", a);
  checkSquare("determinant", a);
  using factors = await lu(a);
  return factors.determinant();
}

/** The sign of det A and ln|det A|: 0 and −∞ for a singular matrix. Errors as of {@link determinant}. */
export async function logDeterminant(
  a: BlockMatrix,
): Promise<{ readonly sign: -1 | 0 | 1; readonly logMagnitude: number }> {
  checkFloatingPoint("logDeterminant", a);
  checkSquare("logDeterminant", a);
  using factors = await lu(a);
  return factors.logDeterminant();
}

function byFactors(factors: Solver, right: BlockMatrix): BlockMatrix {
  return factors.solve(right);
}
