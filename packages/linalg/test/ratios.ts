/**
 * Test ratios as LAPACK's own tests use them (LAPACK Working Note 41, §7): residuals in units of
 * norm·size·roundoff, measured in the 1-norm and in double precision. A backward stable algorithm
 * stays below {@link threshold} on every matrix.
 */
import { type DType, unitRoundoff } from "@blk/core";
import { type HostMatrix, identity, multiply, transposed } from "./matrices.js";

/** LAPACK's bound on ratios. */
export const threshold = 30;

/** The largest sum of magnitudes of a column; NaN if an element is. */
export function norm1({ rows, cols, data }: HostMatrix): number {
  let largest = 0;
  for (let j = 0; j < cols; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += Math.abs(data[i * cols + j] as number);
    if (!(sum <= largest)) largest = sum;
  }
  return largest;
}

export function difference(a: HostMatrix, b: HostMatrix): HostMatrix {
  if (a.rows !== b.rows || a.cols !== b.cols) {
    throw new Error(`a ${a.rows}×${a.cols} matrix minus a ${b.rows}×${b.cols} one`);
  }
  return { ...a, data: a.data.map((x, i) => x - (b.data[i] as number)) };
}

/** ‖A − B‖ / (‖A‖·n·u), where B is the product of A's factors and n A's larger dimension. */
export function factorRatio(a: HostMatrix, b: HostMatrix, dtype: DType): number {
  return ratio(norm1(difference(a, b)), norm1(a), Math.max(a.rows, a.cols), dtype);
}

/** ‖I − QᵀQ‖ / (m·u): how far Q's columns are from orthonormal; for rows, pass the transpose. */
export function orthogonalityRatio(q: HostMatrix, dtype: DType): number {
  const gram = multiply(transposed(q), q);
  return ratio(norm1(difference(identity(q.cols), gram)), 1, q.rows, dtype);
}

/** ‖B − A·X‖ / (‖A‖·‖X‖·n·u): the backward error of a solution. */
export function residualRatio(a: HostMatrix, x: HostMatrix, b: HostMatrix, dtype: DType): number {
  const residual = norm1(difference(b, multiply(a, x)));
  return ratio(residual, norm1(a) * norm1(x), Math.max(a.rows, a.cols), dtype);
}

/** Zero over zero is a perfect result. */
function ratio(error: number, norm: number, size: number, dtype: DType): number {
  if (error === 0) return 0;
  return error / (norm * Math.max(1, size) * unitRoundoff(dtype));
}
