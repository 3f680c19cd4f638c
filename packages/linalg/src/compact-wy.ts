/** The compact WY form `H₀·H₁⋯ = I − V·T·Vᵀ` of reflections: its upper triangular T, on arrays of doubles. */

/**
 * Column j of T: `−τⱼ·T·(Vᵀvⱼ)` above its diagonal, of the columns before, and τⱼ on it.
 *
 * @param t Row by row, `stride` elements from one row to the next.
 * @param dots Element k of Vᵀvⱼ stands at `from + k·step`: it may be where column j of T will be.
 *
 * Source: Schreiber and Van Loan, SIAM J. Sci. Stat. Comput. 10 (1989); LAPACK's larft.
 */
export function extendT(
  t: Float64Array,
  stride: number,
  j: number,
  tau: number,
  dots: Float64Array,
  from: number,
  step: number,
): void {
  for (let i = 0; i < j; i++) {
    let sum = 0;
    for (let k = i; k < j; k++)
      sum += (t[i * stride + k] as number) * (dots[from + k * step] as number);
    t[i * stride + j] = -tau * sum;
  }
  t[j * stride + j] = tau;
}

/** T, with zeros below its diagonal, from `gram`, which is VᵀV, and the τ of each reflection. */
export function formT(
  t: Float64Array,
  stride: number,
  taus: ArrayLike<number>,
  gram: Float64Array,
  gramStride: number,
): void {
  const size = taus.length;
  for (let j = 0; j < size; j++) {
    extendT(t, stride, j, taus[j] as number, gram, j, gramStride);
    for (let i = j + 1; i < size; i++) t[i * stride + j] = 0;
  }
}
