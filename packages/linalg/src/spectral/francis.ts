import { BlkError } from "@blk/core";

const roundoff = 2 ** -53;
/** Steps for one eigenvalue or pair; two or three are usual. */
const mostSteps = 60;
/** Beside the largest element, so little that squares of what is not below it are still numbers. */
const nothing = 2 ** -500;

/** Complex numbers, side by side. */
export interface ComplexValues {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/**
 * The eigenvalues of an upper Hessenberg matrix, n×n and row by row, which is written over: the
 * implicit double shift QR iteration of Francis (Comput. J. 4, 1961) as in EISPACK's hqr (Golub and Van
 * Loan, 4th edition, §7.5). A conjugate pair stands together, the positive imaginary part first.
 */
export function hessenbergEigenvalues(h: Float64Array, size: number): ComplexValues {
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  let norm = 0;
  for (const value of h) norm = Math.max(norm, Math.abs(value));
  // Rows `first` … `last` are the block at hand: what is below is solved.
  let last = size - 1;
  let exceptional = 0;
  for (let step = 0; last >= 0; step++) {
    const first = startOfBlock(h, size, last, norm);
    const corner = h[last * size + last]!;
    if (first === last) {
      real[last] = corner + exceptional;
      last -= 1;
      step = -1;
      continue;
    }
    const above = h[(last - 1) * size + last - 1]!;
    const product = h[last * size + last - 1]! * h[(last - 1) * size + last]!;
    if (first === last - 1) {
      solvePair(above + exceptional, corner + exceptional, product, last, real, imaginary);
      last -= 2;
      step = -1;
      continue;
    }
    if (step === mostSteps) throw notConverged(last, size);
    let shifts = { x: corner, y: above, w: product };
    if (step % 10 === 9) {
      // An ad hoc shift breaks the cycles that symmetric patterns of shifts may run into.
      exceptional += corner;
      for (let i = 0; i <= last; i++) h[i * size + i]! -= corner;
      const s = Math.abs(h[last * size + last - 1]!) + Math.abs(h[(last - 1) * size + last - 2]!);
      shifts = { x: 0.75 * s, y: 0.75 * s, w: -0.4375 * s * s };
    }
    sweep(h, size, first, last, shifts);
  }
  return { real, imaginary };
}

/** The first row of the last block that does not fall apart; a negligible subdiagonal becomes 0. */
function startOfBlock(h: Float64Array, size: number, last: number, norm: number): number {
  let first = last;
  for (; first > 0; first--) {
    const at = first * size + first;
    const neighbours = Math.abs(h[at - size - 1]!) + Math.abs(h[at]!);
    const least = roundoff * (neighbours === 0 ? norm : neighbours);
    if (Math.abs(h[at - 1]!) <= Math.max(least, nothing * norm)) {
      h[at - 1] = 0;
      break;
    }
  }
  return first;
}

/** The two eigenvalues of the last 2×2 block. */
function solvePair(
  above: number,
  corner: number,
  product: number,
  last: number,
  real: Float64Array,
  imaginary: Float64Array,
): void {
  const half = 0.5 * (above - corner);
  const discriminant = half * half + product;
  const root = Math.sqrt(Math.abs(discriminant));
  if (discriminant >= 0) {
    const z = half + (half < 0 ? -root : root);
    real[last - 1] = corner + z;
    real[last] = z === 0 ? corner : corner - product / z;
  } else {
    real[last - 1] = real[last] = corner + half;
    imaginary[last - 1] = root;
    imaginary[last] = -root;
  }
}

/** One double step on rows `first` … `last`, with the eigenvalues of [[y, ·], [·, x]], of product w. */
function sweep(
  h: Float64Array,
  size: number,
  first: number,
  last: number,
  { x, y, w }: { readonly x: number; readonly y: number; readonly w: number },
): void {
  // Two small subdiagonals one after the other let the bulge begin further down.
  let start = last - 2;
  let p = 0;
  let q = 0;
  let r = 0;
  for (; ; start--) {
    const at = start * size + start;
    const z = h[at]!;
    const down = h[at + size]!;
    p = ((x - z) * (y - z) - w) / down + h[at + 1]!;
    q = h[at + size + 1]! - z - (x - z) - (y - z);
    r = h[at + 2 * size + 1]!;
    const s = Math.abs(p) + Math.abs(q) + Math.abs(r);
    p /= s;
    q /= s;
    r /= s;
    if (start === first) break;
    const left = Math.abs(h[at - 1]!) * (Math.abs(q) + Math.abs(r));
    const right =
      Math.abs(p) * (Math.abs(h[at - size - 1]!) + Math.abs(z) + Math.abs(h[at + size + 1]!));
    if (left <= roundoff * right) break;
  }
  for (let i = start + 2; i <= last; i++) {
    h[i * size + i - 2] = 0;
    if (i > start + 2) h[i * size + i - 3] = 0;
  }
  for (let k = start; k < last; k++) {
    const hasThird = k < last - 1;
    let scale = 0;
    if (k > start) {
      p = h[k * size + k - 1]!;
      q = h[(k + 1) * size + k - 1]!;
      r = hasThird ? h[(k + 2) * size + k - 1]! : 0;
      scale = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (scale === 0) continue;
      p /= scale;
      q /= scale;
      r /= scale;
    }
    const length = Math.sqrt(p * p + q * q + r * r);
    const s = p < 0 ? -length : length;
    if (s === 0) continue;
    if (k === start) {
      if (first !== start) h[k * size + k - 1] = -h[k * size + k - 1]!;
    } else {
      h[k * size + k - 1] = -s * scale;
    }
    p += s;
    const [u1, u2, u3] = [p / s, q / s, r / s];
    reflectRows(h, size, k, last, [u1, u2, u3], [q / p, r / p], hasThird);
    reflectColumns(h, size, k, first, last, [u1, u2, u3], [q / p, r / p], hasThird);
  }
}

/** The reflection I − u·(1, v₂, v₃) on rows k, k + 1, k + 2, from column k on. */
function reflectRows(
  h: Float64Array,
  size: number,
  k: number,
  last: number,
  [u1, u2, u3]: readonly [number, number, number],
  [v2, v3]: readonly [number, number],
  hasThird: boolean,
): void {
  const a = k * size;
  const b = a + size;
  const c = b + size;
  if (hasThird) {
    for (let j = k; j <= last; j++) {
      const t = h[a + j]! + v2 * h[b + j]! + v3 * h[c + j]!;
      h[a + j]! -= t * u1;
      h[b + j]! -= t * u2;
      h[c + j]! -= t * u3;
    }
  } else {
    for (let j = k; j <= last; j++) {
      const t = h[a + j]! + v2 * h[b + j]!;
      h[a + j]! -= t * u1;
      h[b + j]! -= t * u2;
    }
  }
}

/** The same on columns k, k + 1, k + 2, down to the row below the bulge. */
function reflectColumns(
  h: Float64Array,
  size: number,
  k: number,
  first: number,
  last: number,
  [u1, u2, u3]: readonly [number, number, number],
  [v2, v3]: readonly [number, number],
  hasThird: boolean,
): void {
  const end = Math.min(last, k + 3);
  for (let i = first, at = first * size + k; i <= end; i++, at += size) {
    const t = u1 * h[at]! + u2 * h[at + 1]! + (hasThird ? u3 * h[at + 2]! : 0);
    h[at]! -= t;
    h[at + 1]! -= t * v2;
    if (hasThird) h[at + 2]! -= t * v3;
  }
}

function notConverged(index: number, size: number): BlkError {
  return new BlkError(
    "NOT_CONVERGED",
    `QR iteration: eigenvalue ${index} of ${size} was not found in ${mostSteps} steps; please report the matrix`,
    { details: { index, size } },
  );
}
