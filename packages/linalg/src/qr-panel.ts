import { dot, makeReflection } from "./householder.js";

/**
 * QR of a panel of few columns, in compact WY form: `Q = H₁·H₂⋯ = I − V·T·Vᵀ`.
 *
 * @param a `width` columns of `height` elements, column by column. On return R on and above the
 *   diagonal, V below it (V's diagonal of ones is not stored).
 * @param t Set to T, width×width upper triangular, row by row.
 *
 * Source: Schreiber and Van Loan, SIAM J. Sci. Stat. Comput. 10 (1989); LAPACK's geqr2 and larft.
 */
export function factorQrPanel(
  a: Float64Array,
  height: number,
  width: number,
  t: Float64Array,
): void {
  t.fill(0);
  const order = Math.min(height, width);
  for (let j = 0; j < order; j++) {
    const column = j * height;
    const below = column + j + 1;
    const length = height - j - 1;
    const tau = makeReflection(a, column + j, column + height);
    for (let k = j + 1; k < width && tau !== 0; k++) {
      const other = k * height + j;
      const factor = tau * ((a[other] as number) + dot(a, below, a, other + 1, length));
      a[other] = (a[other] as number) - factor;
      for (let i = 0; i < length; i++) {
        a[other + 1 + i] = (a[other + 1 + i] as number) - factor * (a[below + i] as number);
      }
    }
    t[j * width + j] = tau;
    extendT(a, height, width, t, j);
  }
}

/** Column j of T above its diagonal: `−τⱼ·T·(Vᵀvⱼ)`, of the columns before. */
function extendT(a: Float64Array, height: number, width: number, t: Float64Array, j: number): void {
  const tau = t[j * width + j] as number;
  if (tau === 0) return;
  const column = j * height;
  for (let i = 0; i < j; i++) {
    const other = i * height;
    const product = dot(a, other + j + 1, a, column + j + 1, height - j - 1);
    t[i * width + j] = -tau * ((a[other + j] as number) + product);
  }
  for (let i = 0; i < j; i++) {
    let sum = 0;
    for (let k = i; k < j; k++) sum += (t[i * width + k] as number) * (t[k * width + j] as number);
    t[i * width + j] = sum;
  }
}
