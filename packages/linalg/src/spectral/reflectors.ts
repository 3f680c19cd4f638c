import type { HostMatrix, HostWorkspace } from "./host-workspace.js";
import { reflectorBlock } from "./params.js";

/** Reflectors Hᵢ = I − τᵢ·vᵢ·vᵢᵀ: vᵢ is row i, zero before column i + `shift`. */
export interface Reflectors {
  readonly rows: HostMatrix;
  readonly taus: Float64Array;
  readonly shift: number;
}

/**
 * Rows ← rows·(H₀·H₁·…)ᵀ, in blocks: H₀·…·Hₖ = I − Vᵀ·T·V with an upper triangular T, the compact WY
 * form (Schreiber and Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989).
 */
export function applyTransposedToRows(
  work: HostWorkspace,
  { rows: vectors, taus, shift }: Reflectors,
  target: HostMatrix,
): void {
  const count = taus.length;
  const lines = target.rows;
  if (count === 0 || lines === 0) return;
  const block = Math.min(count, reflectorBlock);
  const gram = work.matrix(block, block);
  const triangle = work.matrix(block, block);
  const scaled = work.matrix(block, vectors.cols);
  const parts = work.matrix(lines, block);
  for (let start = Math.floor((count - 1) / block) * block; start >= 0; start -= block) {
    const size = Math.min(block, count - start);
    const first = start + shift;
    const width = vectors.cols - first;
    const v = vectors.window(start, first, size, width);
    const vTransposed = { ...v, rows: width, cols: size, rowStride: 1, colStride: v.rowStride };
    const gramView = gram.window(0, 0, size, size);
    const partsView = parts.window(0, 0, lines, size);
    const c = target.window(0, first, lines, width);
    work.multiply([
      { c: gramView, terms: [{ a: v, b: vTransposed }] },
      { c: partsView, terms: [{ a: c, b: vTransposed }] },
    ]);
    triangularFactor(gram, taus, start, size, triangle);
    const t = triangle.window(0, 0, size, size);
    const tTransposed = { ...t, rowStride: t.colStride, colStride: t.rowStride };
    const scaledView = scaled.window(0, 0, size, width);
    work.multiply([{ c: scaledView, terms: [{ a: tTransposed, b: v }] }]);
    work.multiply([{ c, terms: [{ a: partsView, b: scaledView }] }], { alpha: -1, beta: 1 });
  }
  for (const matrix of [gram, triangle, scaled, parts]) work.free(matrix);
}

/** T of I − Vᵀ·T·V, from the products of the rows of V with one another: LAPACK's dlarft. */
function triangularFactor(
  gram: HostMatrix,
  taus: Float64Array,
  start: number,
  size: number,
  out: HostMatrix,
): void {
  const { data: products, cols } = gram;
  const t = out.data;
  for (let j = 0; j < size; j++) {
    const tau = taus[start + j]!;
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum += t[i * cols + k]! * products[k * cols + j]!;
      t[i * cols + j] = -tau * sum;
    }
    t[j * cols + j] = tau;
    for (let i = j + 1; i < size; i++) t[i * cols + j] = 0;
  }
}
