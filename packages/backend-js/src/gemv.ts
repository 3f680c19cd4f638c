/**
 * Products of a matrix and a vector: `y[i] += Σₖ W[i, k] · x[k]`. Each element of W is used once,
 * so packing it would cost more than the product; these run on W where it lies.
 *
 * | operand | shape | layout |
 * |---|---|---|
 * | w | rows×kc | element (i, k) at `at + i·rowStride + k·stepStride`; f32 or f64 |
 * | x | kc | packed doubles |
 * | y | rows | packed doubles, unrounded sums |
 *
 * Sums go on in ascending k from what is in `y`: the bits are those of the plain loop.
 */
export type Matrix = Float32Array | Float64Array;

/** Chooses the order of loops that walks along memory. */
export function gemv(
  w: Matrix,
  at: number,
  rowStride: number,
  stepStride: number,
  rows: number,
  kc: number,
  x: Float64Array,
  y: Float64Array,
): void {
  const byRows = Math.abs(stepStride) <= Math.abs(rowStride);
  const form = byRows ? dotRows : addColumns;
  form(w, at, rowStride, stepStride, rows, kc, x, y);
}

/** Dot products of four rows at a time: four chains of additions hide each other's latency. */
function dotRows(
  w: Matrix,
  at: number,
  rowStride: number,
  stepStride: number,
  rows: number,
  kc: number,
  x: Float64Array,
  y: Float64Array,
): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    let p0 = at + i * rowStride;
    let p1 = p0 + rowStride;
    let p2 = p1 + rowStride;
    let p3 = p2 + rowStride;
    let s0 = y[i]!;
    let s1 = y[i + 1]!;
    let s2 = y[i + 2]!;
    let s3 = y[i + 3]!;
    for (let k = 0; k < kc; k++) {
      const xk = x[k]!;
      s0 += w[p0]! * xk;
      s1 += w[p1]! * xk;
      s2 += w[p2]! * xk;
      s3 += w[p3]! * xk;
      p0 += stepStride;
      p1 += stepStride;
      p2 += stepStride;
      p3 += stepStride;
    }
    y[i] = s0;
    y[i + 1] = s1;
    y[i + 2] = s2;
    y[i + 3] = s3;
  }
  for (; i < rows; i++) {
    let p = at + i * rowStride;
    let sum = y[i]!;
    for (let k = 0; k < kc; k++, p += stepStride) sum += w[p]! * x[k]!;
    y[i] = sum;
  }
}

/** Columns times numbers, four columns at a time: y passes by once for each four. */
function addColumns(
  w: Matrix,
  at: number,
  rowStride: number,
  stepStride: number,
  rows: number,
  kc: number,
  x: Float64Array,
  y: Float64Array,
): void {
  let k = 0;
  for (; k + 4 <= kc; k += 4) {
    let p0 = at + k * stepStride;
    let p1 = p0 + stepStride;
    let p2 = p1 + stepStride;
    let p3 = p2 + stepStride;
    const x0 = x[k]!;
    const x1 = x[k + 1]!;
    const x2 = x[k + 2]!;
    const x3 = x[k + 3]!;
    for (let i = 0; i < rows; i++) {
      y[i] = y[i]! + w[p0]! * x0 + w[p1]! * x1 + w[p2]! * x2 + w[p3]! * x3;
      p0 += rowStride;
      p1 += rowStride;
      p2 += rowStride;
      p3 += rowStride;
    }
  }
  for (; k < kc; k++) {
    let p = at + k * stepStride;
    const xk = x[k]!;
    for (let i = 0; i < rows; i++, p += rowStride) y[i] = y[i]! + w[p]! * xk;
  }
}
