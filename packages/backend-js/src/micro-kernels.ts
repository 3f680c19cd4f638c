/**
 * The micro-kernels: `C[0..4, 0..4] += Σₖ A[0..4, k] · B[k, 0..4]` with the 16 sums in registers.
 *
 * | operand | shape | layout |
 * |---|---|---|
 * | a | 4×kc | packed panel from `aAt`: the four rows of step 0, of step 1, … |
 * | b | kc×4 | packed panel from `bAt`: the four columns of step 0, of step 1, … |
 * | c | 4×4 | element (i, j) at `cAt + i·ld + j` |
 *
 * Each sum goes on from the value in `c` and adds one product after the other in ascending k, so
 * that calls for successive slices of k give the bits of one plain loop. Why 4×4: each loaded
 * number is used four times, edges of 4, 8, 16, … waste nothing, and of the tiles from 2×4 to
 * 4×4 none is faster by more than a twentieth on V8. More than 16 sums spill.
 *
 * Source: the BLIS micro-kernel (Van Zee & van de Geijn, ACM TOMS 41(3), 2015), in scalars.
 */
export type MicroKernel<T> = (
  kc: number,
  a: T,
  aAt: number,
  b: T,
  bAt: number,
  c: T,
  cAt: number,
  ld: number,
) => void;

/** For f16, f32 and f64: products and sums in double. */
export function floatTile(
  kc: number,
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  c: Float64Array,
  cAt: number,
  ld: number,
): void {
  const c1 = cAt + ld;
  const c2 = c1 + ld;
  const c3 = c2 + ld;
  let s00 = c[cAt]!;
  let s01 = c[cAt + 1]!;
  let s02 = c[cAt + 2]!;
  let s03 = c[cAt + 3]!;
  let s10 = c[c1]!;
  let s11 = c[c1 + 1]!;
  let s12 = c[c1 + 2]!;
  let s13 = c[c1 + 3]!;
  let s20 = c[c2]!;
  let s21 = c[c2 + 1]!;
  let s22 = c[c2 + 2]!;
  let s23 = c[c2 + 3]!;
  let s30 = c[c3]!;
  let s31 = c[c3 + 1]!;
  let s32 = c[c3 + 2]!;
  let s33 = c[c3 + 3]!;
  const end = aAt + 4 * kc;
  for (let p = aAt, q = bAt; p < end; p += 4, q += 4) {
    const a0 = a[p]!;
    const a1 = a[p + 1]!;
    const a2 = a[p + 2]!;
    const a3 = a[p + 3]!;
    const b0 = b[q]!;
    s00 += a0 * b0;
    s10 += a1 * b0;
    s20 += a2 * b0;
    s30 += a3 * b0;
    const b1 = b[q + 1]!;
    s01 += a0 * b1;
    s11 += a1 * b1;
    s21 += a2 * b1;
    s31 += a3 * b1;
    const b2 = b[q + 2]!;
    s02 += a0 * b2;
    s12 += a1 * b2;
    s22 += a2 * b2;
    s32 += a3 * b2;
    const b3 = b[q + 3]!;
    s03 += a0 * b3;
    s13 += a1 * b3;
    s23 += a2 * b3;
    s33 += a3 * b3;
  }
  c[cAt] = s00;
  c[cAt + 1] = s01;
  c[cAt + 2] = s02;
  c[cAt + 3] = s03;
  c[c1] = s10;
  c[c1 + 1] = s11;
  c[c1 + 2] = s12;
  c[c1 + 3] = s13;
  c[c2] = s20;
  c[c2 + 1] = s21;
  c[c2 + 2] = s22;
  c[c2 + 3] = s23;
  c[c3] = s30;
  c[c3 + 1] = s31;
  c[c3 + 2] = s32;
  c[c3 + 3] = s33;
}

/** For i32: products and sums wrap modulo 2³². */
export function integerTile(
  kc: number,
  a: Int32Array,
  aAt: number,
  b: Int32Array,
  bAt: number,
  c: Int32Array,
  cAt: number,
  ld: number,
): void {
  const c1 = cAt + ld;
  const c2 = c1 + ld;
  const c3 = c2 + ld;
  let s00 = c[cAt]!;
  let s01 = c[cAt + 1]!;
  let s02 = c[cAt + 2]!;
  let s03 = c[cAt + 3]!;
  let s10 = c[c1]!;
  let s11 = c[c1 + 1]!;
  let s12 = c[c1 + 2]!;
  let s13 = c[c1 + 3]!;
  let s20 = c[c2]!;
  let s21 = c[c2 + 1]!;
  let s22 = c[c2 + 2]!;
  let s23 = c[c2 + 3]!;
  let s30 = c[c3]!;
  let s31 = c[c3 + 1]!;
  let s32 = c[c3 + 2]!;
  let s33 = c[c3 + 3]!;
  const end = aAt + 4 * kc;
  for (let p = aAt, q = bAt; p < end; p += 4, q += 4) {
    const a0 = a[p]!;
    const a1 = a[p + 1]!;
    const a2 = a[p + 2]!;
    const a3 = a[p + 3]!;
    const b0 = b[q]!;
    s00 = (s00 + Math.imul(a0, b0)) | 0;
    s10 = (s10 + Math.imul(a1, b0)) | 0;
    s20 = (s20 + Math.imul(a2, b0)) | 0;
    s30 = (s30 + Math.imul(a3, b0)) | 0;
    const b1 = b[q + 1]!;
    s01 = (s01 + Math.imul(a0, b1)) | 0;
    s11 = (s11 + Math.imul(a1, b1)) | 0;
    s21 = (s21 + Math.imul(a2, b1)) | 0;
    s31 = (s31 + Math.imul(a3, b1)) | 0;
    const b2 = b[q + 2]!;
    s02 = (s02 + Math.imul(a0, b2)) | 0;
    s12 = (s12 + Math.imul(a1, b2)) | 0;
    s22 = (s22 + Math.imul(a2, b2)) | 0;
    s32 = (s32 + Math.imul(a3, b2)) | 0;
    const b3 = b[q + 3]!;
    s03 = (s03 + Math.imul(a0, b3)) | 0;
    s13 = (s13 + Math.imul(a1, b3)) | 0;
    s23 = (s23 + Math.imul(a2, b3)) | 0;
    s33 = (s33 + Math.imul(a3, b3)) | 0;
  }
  c[cAt] = s00;
  c[cAt + 1] = s01;
  c[cAt + 2] = s02;
  c[cAt + 3] = s03;
  c[c1] = s10;
  c[c1 + 1] = s11;
  c[c1 + 2] = s12;
  c[c1 + 3] = s13;
  c[c2] = s20;
  c[c2 + 1] = s21;
  c[c2 + 2] = s22;
  c[c2 + 3] = s23;
  c[c3] = s30;
  c[c3 + 1] = s31;
  c[c3 + 2] = s32;
  c[c3 + 3] = s33;
}
