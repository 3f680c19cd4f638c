/** How the inversion of a triangular block went. */
export interface Inversion {
  /** ‖ |T⁻¹|·|T| ‖ in the ∞-norm, Skeel's condition number: at least 1, NaN or ∞ if T is singular. */
  readonly condition: number;
  /** The first zero on the diagonal, if there is one: `inverse` is worthless then. */
  readonly zeroAt: number | undefined;
}

/**
 * `inverse ← L⁻¹` of an n×n lower triangular matrix, row by row: row i is
 * `(eᵢ − Σ_{k<i} lᵢₖ·rowₖ) / lᵢᵢ`. Elements above the diagonal are zero in both.
 * Source: Higham, "Accuracy and Stability of Numerical Algorithms" (2002), §14.2, method 1.
 */
export function invertLower(l: Float64Array, n: number, inverse: Float64Array): Inversion {
  inverse.fill(0);
  let zeroAt: number | undefined;
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const pivot = l[row + i] as number;
    if (pivot === 0) zeroAt ??= i;
    for (let k = 0; k < i; k++) {
      const factor = l[row + k] as number;
      if (factor === 0) continue;
      const other = k * n;
      for (let j = 0; j <= k; j++) {
        inverse[row + j] = (inverse[row + j] as number) - factor * (inverse[other + j] as number);
      }
    }
    for (let j = 0; j < i; j++) inverse[row + j] = (inverse[row + j] as number) / pivot;
    inverse[row + i] = 1 / pivot;
  }
  return { condition: skeelCondition(l, inverse, n), zeroAt };
}

function skeelCondition(l: Float64Array, inverse: Float64Array, n: number): number {
  const sums = new Float64Array(n);
  let largest = 1;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    let product = 0;
    for (let j = 0; j <= i; j++) {
      sum += Math.abs(l[i * n + j] as number);
      if (j === i) sums[i] = sum;
      product += Math.abs(inverse[i * n + j] as number) * (sums[j] as number);
    }
    // Written so that NaN counts as large.
    if (!(product <= largest)) largest = product;
  }
  return largest;
}
