import { BlkError } from "@blk/core";

const roundoff = 2 ** -53;
/** Steps for one eigenvalue; two or three are usual. */
const mostSteps = 50;

/**
 * The eigenvalues, ascending, of the symmetric tridiagonal matrix with this diagonal and off-diagonal,
 * whose largest element is about 1: implicit QL with Wilkinson's shift (Golub and Van Loan, 4th
 * edition, §8.3). Both arrays are written over.
 */
export function tridiagonalValues(diagonal: Float64Array, offDiagonal: Float64Array): Float64Array {
  const size = diagonal.length;
  let largest = 0;
  for (const value of diagonal) largest = Math.max(largest, Math.abs(value));
  for (const value of offDiagonal) largest = Math.max(largest, Math.abs(value));
  // As little as the rounding errors of a sweep over the whole.
  const negligible = roundoff * largest;
  for (let first = 0; first < size; first++) {
    for (let step = 0; ; step++) {
      let last = first;
      // Written so that NaN is never negligible.
      while (last < size - 1 && !(Math.abs(offDiagonal[last]!) <= negligible)) last++;
      if (last === first) break;
      if (step === mostSteps) throw notConverged(first, size);
      sweep(diagonal, offDiagonal, first, last);
    }
  }
  return diagonal.sort();
}

/** One QL step on rows `first` … `last`, with the shift nearer to the first diagonal element. */
function sweep(d: Float64Array, e: Float64Array, first: number, last: number): void {
  const half = (d[first + 1]! - d[first]!) / (2 * e[first]!);
  const root = Math.hypot(half, 1);
  let g = d[last]! - d[first]! + e[first]! / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const r = Math.sqrt(f * f + g * g);
    if (i + 1 < last) e[i + 1] = r;
    if (r === 0) {
      // The bulge vanished: the matrix has come apart here.
      d[i + 1]! -= shift;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = d[i + 1]! - shift;
    const t = (d[i]! - g) * sine + 2 * cosine * b;
    shift = sine * t;
    d[i + 1] = g + shift;
    g = cosine * t - b;
  }
  d[first]! -= shift;
  e[first] = g;
}

function notConverged(index: number, size: number): BlkError {
  return new BlkError(
    "NOT_CONVERGED",
    `QL iteration: eigenvalue ${index} of ${size} was not found in ${mostSteps} steps; please report the matrix`,
    { details: { index, size } },
  );
}
