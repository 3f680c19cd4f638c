/** Sums and inner products in twice the precision of double: the oracle of products and reductions. */

/** A sum and what bounds its error. */
export interface AccurateSum {
  /** The sum, within u·|sum| + γₙ²·Σ|terms| (u = 2⁻⁵³) of the exact one. */
  readonly sum: number;
  /** Σ|terms| */
  readonly magnitude: number;
}

/**
 * Σ xᵢ·yᵢ, as if computed with twice the digits and then rounded: Dot2 of Ogita, Rump & Oishi,
 * *Accurate Sum and Dot Product* (SIAM J. Sci. Comput. 26, 2005). NaN and infinities come out as in
 * plain summation.
 */
export function accurateDot(
  length: number,
  x: (i: number) => number,
  y: (i: number) => number,
): AccurateSum {
  let sum = 0;
  let correction = 0;
  let magnitude = 0;
  let plain = 0;
  for (let i = 0; i < length; i++) {
    const a = x(i);
    const b = y(i);
    const product = a * b;
    plain += product;
    magnitude += Math.abs(product);
    const error = productError(a, b, product);
    const total = sum + product;
    const back = total - sum;
    correction += sum - (total - back) + (product - back) + error;
    sum = total;
  }
  return { sum: Number.isFinite(magnitude) ? sum + correction : plain, magnitude };
}

/** a·b − fl(a·b), exactly (Veltkamp's splitting, Dekker's product; |a|, |b| < 2⁹⁰⁰). */
function productError(a: number, b: number, product: number): number {
  const highA = upperHalf(a);
  const highB = upperHalf(b);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

function upperHalf(a: number): number {
  const scaled = 134217729 * a;
  return scaled - (scaled - a);
}

/** γₙ = n·u / (1 − n·u): the relative error of n roundings (Higham 2002, §3.1). */
export function gamma(n: number, u: number): number {
  return (n * u) / (1 - n * u);
}
