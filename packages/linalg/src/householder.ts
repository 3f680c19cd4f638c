/** Reflections `H = I − τ·v·vᵀ` with v₁ = 1, on arrays of doubles. */

/** Shorter vectors are made of numbers that have lost digits, or whose quotients would. */
const tiny = 2 ** -900;
/** Takes the least number above {@link tiny}, exactly. */
const lift = 2 ** 200;

/**
 * Makes the reflection that maps x to (β, 0, …, 0), x being `a[from]` to `a[end − 1]`. On return
 * `a[from]` is β and the rest is v without its leading one. Returns τ: 0 if there is nothing to
 * do, else from 1 to 2. Source: LAPACK's larfg; Golub and Van Loan (2013), §5.1.3.
 */
export function makeReflection(a: Float64Array, from: number, end: number): number {
  const rest = norm(a, from + 1, end);
  if (rest === 0) return 0;
  const alpha = a[from] as number;
  const length = hypot(alpha, rest);
  if (length < tiny) {
    // H of x is that of a multiple of x, and there τ and v fit each other to the last digit.
    for (let i = from; i < end; i++) a[i] = (a[i] as number) * lift;
    const tau = makeReflection(a, from, end);
    a[from] = (a[from] as number) / lift;
    return tau;
  }
  const beta = alpha >= 0 ? -length : length;
  divide(a, from + 1, end, alpha - beta);
  a[from] = beta;
  return (beta - alpha) / beta;
}

/** As {@link makeReflection}, with v's leading one in the place of β, which is returned beside τ. */
export function reflector(
  a: Float64Array,
  from: number,
  end: number,
): { readonly image: number; readonly tau: number } {
  const tau = makeReflection(a, from, end);
  const image = a[from] as number;
  a[from] = 1;
  return { image, tau };
}

/** The 2-norm of `a[from]` to `a[end − 1]`, also where squares leave the range of doubles. */
export function norm(a: Float64Array, from: number, end: number): number {
  const squares = dot(a, from, a, from, end - from);
  if (squares > 2 ** -900 && squares < 2 ** 1000) return Math.sqrt(squares);
  let largest = 0;
  for (let i = from; i < end; i++) largest = Math.max(largest, Math.abs(a[i] as number));
  if (largest === 0 || largest === Number.POSITIVE_INFINITY) return largest;
  let sum = 0;
  for (let i = from; i < end; i++) sum += ((a[i] as number) / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** `Σ x[xFrom + i]·y[yFrom + i]`, in four partial sums: one would wait for each addition. */
export function dot(
  x: Float64Array,
  xFrom: number,
  y: Float64Array,
  yFrom: number,
  length: number,
): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += (x[xFrom + i] as number) * (y[yFrom + i] as number);
    s1 += (x[xFrom + i + 1] as number) * (y[yFrom + i + 1] as number);
    s2 += (x[xFrom + i + 2] as number) * (y[yFrom + i + 2] as number);
    s3 += (x[xFrom + i + 3] as number) * (y[yFrom + i + 3] as number);
  }
  for (; i < length; i++) s0 += (x[xFrom + i] as number) * (y[yFrom + i] as number);
  return s0 + s1 + (s2 + s3);
}

/** √(x² + y²) without overflow; Math.hypot is slower and less accurate in some engines. */
function hypot(x: number, y: number): number {
  const [large, small] = Math.abs(x) > Math.abs(y) ? [Math.abs(x), y] : [Math.abs(y), x];
  const ratio = small / large;
  return large * Math.sqrt(1 + ratio * ratio);
}

/** By the reciprocal, unless it is infinite: that of a subnormal number. */
export function divide(a: Float64Array, from: number, end: number, divisor: number): void {
  const reciprocal = 1 / divisor;
  if (Number.isFinite(reciprocal)) {
    for (let i = from; i < end; i++) a[i] = (a[i] as number) * reciprocal;
  } else {
    for (let i = from; i < end; i++) a[i] = (a[i] as number) / divisor;
  }
}
