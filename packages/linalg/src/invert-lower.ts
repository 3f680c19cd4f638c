/** How the inversion of a triangular block went. */
export interface Inversion {
  /** ‖ |T⁻¹|·|T| ‖ in the ∞-norm, Skeel's condition number: at least 1, NaN or ∞ if T is singular. */
  readonly condition: number;
  /**
   * The first row of T⁻¹ that is not within `range`, if there is one, as where the diagonal is zero:
   * `inverse` is worthless then.
   */
  readonly singularAt: number | undefined;
}

/**
 * `inverse ← L⁻¹` of an n×n lower triangular matrix, row by row: row i is
 * `(eᵢ − Σ_{k<i} lᵢₖ·rowₖ) / lᵢᵢ`. Elements above the diagonal are zero in both. `range` is
 * the largest number that the inverse can be stored with.
 * Source: Higham, "Accuracy and Stability of Numerical Algorithms" (2002), §14.2, method 1.
 */
export function invertLower(
  l: Float64Array,
  n: number,
  inverse: Float64Array,
  range: number,
): Inversion {
  inverse.fill(0);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const pivot = l[row + i] as number;
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
  return measure(l, n, inverse, range);
}

function measure(l: Float64Array, n: number, inverse: Float64Array, range: number): Inversion {
  let singularAt: number | undefined;
  const sums = new Float64Array(n);
  let largest = 1;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    let product = 0;
    for (let j = 0; j <= i; j++) {
      sum += Math.abs(l[i * n + j] as number);
      if (j === i) sums[i] = sum;
      const size = Math.abs(inverse[i * n + j] as number);
      // Also refuses NaN.
      if (!(size <= range)) singularAt ??= i;
      product += size * (sums[j] as number);
    }
    // Written so that NaN counts as large.
    if (!(product <= largest)) largest = product;
  }
  return { condition: largest, singularAt };
}
