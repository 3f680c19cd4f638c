import { BlkError } from "@blk/core";

const roundoff = 2 ** -53;
/** Far more steps than the interpolation needs: it converges quadratically within a bracket. */
const mostSteps = 100;

/** `f(λ) = rhoInverse + Σⱼ weights[j] / (pole j − λ)`: its poles ascend and its weights are positive. */
export interface SecularEquation {
  readonly size: number;
  readonly weights: Float64Array;
  readonly rhoInverse: number;
  /** Writes pole j − pole `origin` for all j, each to full relative accuracy. */
  readonly differences: (origin: number, out: Float64Array) => void;
}

/** A root as its distance from one of the poles beside it. */
export interface SecularRoot {
  origin: number;
  distance: number;
}

/**
 * Root `index` of the secular equation, between pole `index` and the next one; the last lies beyond
 * the last pole. It is measured from the nearer pole, so that all differences of poles and root are
 * accurate to a few units in the last place: they are left in `gaps`, pole j − root.
 *
 * Each step interpolates f by a constant and two poles, with the weight of the nearer pole fixed, or,
 * where that converges slowly, with the slope of either side kept (the middle way): Li, "Solving
 * secular equations stably and efficiently", LAPACK Working Note 89, 1993. A bracket guards the step.
 *
 * Throws `NOT_CONVERGED`, which takes a NaN among poles or weights.
 */
export function secularRoot(
  equation: SecularEquation,
  index: number,
  gaps: Float64Array,
  root: SecularRoot,
): void {
  const { size, weights, rhoInverse } = equation;
  if (size === 1) {
    root.origin = 0;
    root.distance = weights[0]! / rhoInverse;
    gaps[0] = -root.distance;
    return;
  }
  const isLast = index === size - 1;
  // The two poles that matter most, and the last pole to the left of the root.
  const left = isLast ? size - 2 : index;
  const right = left + 1;
  let origin = isLast ? right : left;
  equation.differences(origin, gaps);
  let low = 0;
  let high = isLast ? sumOf(weights, size) / rhoInverse : gaps[right]!;

  // In the middle of the bracket the sign of f tells the half, and the other poles are a constant.
  const middle = high / 2;
  let rest = rhoInverse;
  for (let j = 0; j < size; j++) {
    if (j !== left && j !== right) rest += weights[j]! / (gaps[j]! - middle);
  }
  const ofPair =
    weights[left]! / (gaps[left]! - middle) + weights[right]! / (gaps[right]! - middle);
  if (rest + ofPair < 0) low = middle;
  else high = middle;
  if (!isLast && low > 0) {
    origin = right;
    equation.differences(origin, gaps);
    [low, high] = [gaps[left]! / 2, 0];
  }
  let tau = rootOfPair(
    rest,
    rest * (gaps[left]! + gaps[right]!) + weights[left]! + weights[right]!,
    rest * gaps[left]! * gaps[right]! +
      weights[left]! * gaps[right]! +
      weights[right]! * gaps[left]!,
    isLast,
  );
  if (!(tau > low && tau < high)) tau = (low + high) / 2;

  let before = Number.POSITIVE_INFINITY;
  let isMiddleWay = isLast;
  for (let step = 0; ; step++) {
    // Sums of the terms on either side, from far to near; the error of each grows with its partial sums.
    let psi = 0;
    let psiSlope = 0;
    let error = 0;
    const split = isLast ? size - 1 : right;
    for (let j = 0; j < split; j++) {
      const reciprocal = 1 / (gaps[j]! - tau);
      const term = weights[j]! * reciprocal;
      psi += term;
      psiSlope += term * reciprocal;
      error -= psi;
    }
    let phi = 0;
    let phiSlope = 0;
    for (let j = size - 1; j >= split; j--) {
      const reciprocal = 1 / (gaps[j]! - tau);
      const term = weights[j]! * reciprocal;
      phi += term;
      phiSlope += term * reciprocal;
      error += Math.abs(phi);
    }
    const value = rhoInverse + psi + phi;
    const slope = psiSlope + phiSlope;
    error += 8 * (Math.abs(phi) - psi) + 2 * rhoInverse + Math.abs(tau) * slope;
    if (Math.abs(value) <= roundoff * error) break;
    if (value < 0) low = Math.max(low, tau);
    else high = Math.min(high, tau);
    if (high - low <= 2 * roundoff * Math.abs(tau)) break;
    if (step === mostSteps || Number.isNaN(value)) throw notConverged(index, size);

    if (Math.abs(value) > before / 10) isMiddleWay = !isMiddleWay;
    before = Math.abs(value);
    const near = gaps[left]! - tau;
    const far = gaps[right]! - tau;
    let constant: number;
    if (isMiddleWay) {
      constant = value - near * psiSlope - far * phiSlope;
    } else if (origin === left) {
      constant = value - far * slope + (weights[left]! / near / near) * (far - near);
    } else {
      constant = value - near * slope + (weights[right]! / far / far) * (near - far);
    }
    const product = near * far;
    let change = rootOfPair(
      constant,
      (near + far) * value - product * slope,
      product * value,
      isLast,
    );
    if (!(change * value < 0)) change = -value / slope;
    let next = tau + change;
    if (!(next > low && next < high)) next = (low + high) / 2;
    tau = next;
  }
  for (let j = 0; j < size; j++) gaps[j]! -= tau;
  root.origin = origin;
  root.distance = tau;
}

/** The root of `c·x² − a·x + b` that lies between the two poles, or beyond both. */
function rootOfPair(c: number, a: number, b: number, isBeyond: boolean): number {
  const discriminant = Math.sqrt(Math.abs(a * a - 4 * b * c));
  if (isBeyond) return a >= 0 ? (a + discriminant) / (2 * c) : (2 * b) / (a - discriminant);
  return a <= 0 ? (a - discriminant) / (2 * c) : (2 * b) / (a + discriminant);
}

function sumOf(values: Float64Array, count: number): number {
  let sum = 0;
  for (let j = 0; j < count; j++) sum += values[j]!;
  return sum;
}

function notConverged(index: number, size: number): BlkError {
  return new BlkError(
    "NOT_CONVERGED",
    `secular equation: root ${index} of ${size} was not found in ${mostSteps} steps; is the input finite?`,
    { details: { index, size } },
  );
}
