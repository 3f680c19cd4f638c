import {
  assemble,
  BlkError,
  type BlockMatrix,
  checkFloatingPoint,
  matmul,
  sub,
  window,
} from "@blk/core";
import { inverseOf } from "./inverse-of.js";
import { type LU, lu } from "./lu.js";
import { checkSquare } from "./operands.js";
import { checkAllFinite, snapshot, stored } from "./snapshot.js";

/**
 * `A₂₂ − A₂₁·A₁₁⁻¹·A₁₂` of `A = [A₁₁ A₁₂; A₂₁ A₂₂]`, where A₁₁ has `leading` rows and columns: what
 * eliminating the first unknowns leaves of a system. A is m×n; the result (m − leading)×(n − leading).
 *
 * Rejects with `SINGULAR` and `details.column` if A₁₁ is, `ARGUMENT` (not finite, no such block),
 * `DTYPE`, `DISPOSED`.
 *
 * ```ts
 * using s = await schurComplement(a, 2);
 * ```
 */
export async function schurComplement(a: BlockMatrix, leading: number): Promise<BlockMatrix> {
  const name = String(a);
  using parts = split("schurComplement", a, leading);
  await checkAllFinite("schurComplement", parts.whole, name);
  using factors = await lu(parts.a11);
  checkInvertible("schurComplement", "the leading block", factors, 0);
  using ratio = factors.solve(parts.a12);
  return await stored("schurComplement", name, complement(parts, ratio));
}

/**
 * A⁻¹ of a square `A = [A₁₁ A₁₂; A₂₁ A₂₂]` by the inverse of A₁₁, of `leading` rows, and of its Schur
 * complement S: `[A₁₁⁻¹ + X·S⁻¹·Y, −X·S⁻¹; −S⁻¹·Y, S⁻¹]` with `X = A₁₁⁻¹A₁₂`, `Y = A₂₁A₁₁⁻¹`. Stable
 * where A₁₁ is well conditioned, as in a positive definite A; in general use `inverse`, which pivots.
 * The result is cut after `leading` rows and columns.
 *
 * Rejects as {@link schurComplement}, also with `SINGULAR` for S, and with `SHAPE`.
 * Source: Banachiewicz (1937); Higham (2002), §14.
 *
 * ```ts
 * using x = await inverseByBlocks(a, 2);
 * ```
 */
export async function inverseByBlocks(a: BlockMatrix, leading: number): Promise<BlockMatrix> {
  const operation = "inverseByBlocks";
  checkFloatingPoint(operation, a);
  checkSquare(operation, a);
  const name = String(a);
  using parts = split(operation, a, leading);
  await checkAllFinite(operation, parts.whole, name);
  using first = await lu(parts.a11);
  checkInvertible(operation, "the leading block", first, 0);
  using x = first.solve(parts.a12);
  using s = complement(parts, x);
  using second = await lu(s);
  checkInvertible(operation, "the Schur complement of the leading block", second, leading);
  using inverse1 = inverseOf(first);
  using y = matmul(parts.a21, inverse1);
  using inverse2 = inverseOf(second);
  using below = matmul(inverse2, y, { alpha: -1 });
  using right = matmul(x, inverse2, { alpha: -1 });
  using correction = matmul(x, below);
  using corner = sub(inverse1, correction);
  const whole = assemble([
    [corner, right],
    [below, inverse2],
  ]);
  return await stored(operation, name, whole);
}

interface Parts extends Disposable {
  readonly whole: BlockMatrix;
  readonly a11: BlockMatrix;
  readonly a12: BlockMatrix;
  readonly a21: BlockMatrix;
  readonly a22: BlockMatrix;
}

function split(operation: string, a: BlockMatrix, leading: number): Parts {
  checkFloatingPoint(operation, a);
  const { rows, cols } = a;
  if (!Number.isInteger(leading) || leading < 0 || leading > Math.min(rows, cols)) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected the leading block to have 0 to ${Math.min(rows, cols)} rows, got ${leading}`,
    );
  }
  const whole = snapshot(operation, a);
  const [m, n] = [rows - leading, cols - leading];
  return {
    whole,
    a11: window(whole, 0, 0, leading, leading),
    a12: window(whole, 0, leading, leading, n),
    a21: window(whole, leading, 0, m, leading),
    a22: window(whole, leading, leading, m, n),
    [Symbol.dispose]: () => whole.dispose(),
  };
}

/** Throws `SINGULAR` with the column of A, where the block begins in column `start` of A. */
function checkInvertible(operation: string, name: string, factors: LU, start: number): void {
  if (factors.singularColumn === undefined) return;
  const column = start + factors.singularColumn;
  throw new BlkError(
    "SINGULAR",
    `${operation}: ${name} is singular, in column ${column} of the matrix; cut elsewhere, or use lu(), which exchanges all rows`,
    { details: { column } },
  );
}

function complement({ a21, a22 }: Parts, ratio: BlockMatrix): BlockMatrix {
  using product = matmul(a21, ratio);
  return sub(a22, product);
}
