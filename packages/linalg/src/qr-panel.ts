import { extendT } from "./compact-wy.js";
import { makeReflection } from "./householder.js";

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
    const tau = makeReflection(a, column + j, column + height);
    for (let k = j + 1; k < width && tau !== 0; k += 2) {
      const other = Math.min(k + 1, width - 1) * height;
      reflectPair(a, column + j, k * height + j, other + j, height - j, tau);
    }
    if (tau === 0) continue;
    projectBack(a, height, width, t, j);
    extendT(t, width, j, tau, t, j, width);
  }
}

/** `Vᵀvⱼ` of the columns before, into column j of T. */
function projectBack(
  a: Float64Array,
  height: number,
  width: number,
  t: Float64Array,
  j: number,
): void {
  const column = j * height;
  for (let i = 0; i < j; i += 2) {
    const next = Math.min(i + 1, j - 1);
    const [x, y] = [i * height + j, next * height + j];
    const [first, second] = dotPair(a, column + j, x, y, height - j);
    t[i * width + j] = first;
    t[next * width + j] = second;
  }
}

/**
 * Applies the reflection with v at `v` (whose one is not stored) to the columns at `x` and at `y`, in
 * one pass: v is read once for both. They may be the same column, which is then reflected once.
 */
function reflectPair(
  a: Float64Array,
  v: number,
  x: number,
  y: number,
  length: number,
  tau: number,
): void {
  const [first, second] = dotPair(a, v, x, y, length);
  const f = tau * first;
  a[x] = (a[x] as number) - f;
  if (x === y) {
    for (let i = 1; i < length; i++) a[x + i] = (a[x + i] as number) - f * (a[v + i] as number);
    return;
  }
  const g = tau * second;
  a[y] = (a[y] as number) - g;
  for (let i = 1; i < length; i++) {
    const factor = a[v + i] as number;
    a[x + i] = (a[x + i] as number) - f * factor;
    a[y + i] = (a[y + i] as number) - g * factor;
  }
}

/** The products of v, with its one, and the columns at `x` and `y`; two partial sums for each. */
function dotPair(
  a: Float64Array,
  v: number,
  x: number,
  y: number,
  length: number,
): readonly [number, number] {
  let [x0, x1, y0, y1] = [a[x] as number, 0, a[y] as number, 0];
  let i = 1;
  for (; i + 1 < length; i += 2) {
    const [p, q] = [a[v + i] as number, a[v + i + 1] as number];
    x0 += p * (a[x + i] as number);
    x1 += q * (a[x + i + 1] as number);
    y0 += p * (a[y + i] as number);
    y1 += q * (a[y + i + 1] as number);
  }
  if (i < length) {
    x0 += (a[v + i] as number) * (a[x + i] as number);
    y0 += (a[v + i] as number) * (a[y + i] as number);
  }
  return [x0 + x1, y0 + y1];
}
