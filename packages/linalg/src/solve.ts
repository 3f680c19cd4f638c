import { BlockMatrix, checkFloatingPoint } from "@blk/core";
import { cholesky } from "./cholesky.js";
import type { Solver } from "./factorisation.js";
import { lu } from "./lu.js";
import { checkRightHandSide, checkSquare, workingDType } from "./operands.js";
import { checkAllFinite, snapshot } from "./snapshot.js";

/**
 * X of `A·X = B` for a square A, by LU with partial pivoting. B has one or many columns. To solve
 * with the same A again, keep its factorisation: {@link lu}.
 *
 * Rejects with `SINGULAR` and `details.column`, `SHAPE`, `ARGUMENT` (an element is not finite),
 * `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`.
 *
 * ```ts
 * using x = await solve(a, b);
 * ```
 */
export async function solve(a: BlockMatrix, b: BlockMatrix): Promise<BlockMatrix> {
  checkFloatingPoint("solve", a);
  checkSquare("solve", a);
  return solveWith("solve", a, b, () => lu(a));
}

/**
 * X of `A·X = B` for a symmetric positive definite A, of which the lower triangle counts: half of
 * the work of {@link solve}. By {@link cholesky}, whose errors it has, and `SHAPE`.
 */
export async function solvePositiveDefinite(a: BlockMatrix, b: BlockMatrix): Promise<BlockMatrix> {
  checkFloatingPoint("solvePositiveDefinite", a);
  checkSquare("solvePositiveDefinite", a);
  return solveWith("solvePositiveDefinite", a, b, () => cholesky(a));
}

/**
 * A⁻¹ of a square matrix. To multiply by an inverse, {@link solve}: that is faster and more accurate.
 * Errors as of `solve`.
 */
export async function inverse(a: BlockMatrix): Promise<BlockMatrix> {
  using factors = await lu(a);
  checkSquare("inverse", factors);
  using one = BlockMatrix.identity(factors.backend, factors.rows, { dtype: factors.dtype });
  return factors.solve(one);
}

/**
 * det A of a square matrix: 0 or ±∞ where it leaves the range of doubles (see
 * {@link logDeterminant}). Rejects with `SHAPE`, `ARGUMENT`, `DTYPE`, `DISPOSED`.
 */
export async function determinant(a: BlockMatrix): Promise<number> {
  using factors = await lu(a);
  return factors.determinant();
}

/** The sign of det A and ln|det A|: 0 and −∞ for a singular matrix. Errors as of {@link determinant}. */
export async function logDeterminant(
  a: BlockMatrix,
): Promise<{ readonly sign: -1 | 0 | 1; readonly logMagnitude: number }> {
  using factors = await lu(a);
  return factors.logDeterminant();
}

/** Solves with copies of what the caller may change meanwhile. */
async function solveWith(
  operation: string,
  a: BlockMatrix,
  b: BlockMatrix,
  factorise: () => Promise<Solver>,
): Promise<BlockMatrix> {
  const system = { backend: a.backend, dtype: workingDType(a), rows: a.rows, name: String(a) };
  checkRightHandSide(operation, system, b);
  using right = snapshot(operation, b);
  const pending = factorise();
  using factors = await pending;
  await checkAllFinite(operation, right);
  return factors.solve(right);
}
