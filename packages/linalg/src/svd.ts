import type { BlockMatrix } from "@blk/core";
import { checkChoice, workingDType } from "./operands.js";
import { SingularValueDecomposition } from "./singular-value-decomposition.js";
import { denseSvd, singularValuesOf } from "./spectral/dense-svd.js";
import { HostWorkspace } from "./spectral/host-workspace.js";
import { readScaled, transposedInput } from "./spectral/scaled-input.js";
import { fromVectorRows, toMatrix } from "./spectral/to-matrix.js";

/** Options of {@link svd}. */
export interface SvdOptions {
  /**
   * `thin` (default): as many singular vectors on either side as the smaller of rows and columns.
   * `full`: square orthogonal matrices, m×m and n×n.
   */
  readonly vectors?: "thin" | "full";
}

/**
 * The singular value decomposition `A = U·diag(s)·Vᵀ` of an m×n matrix: made square by QR if it is
 * tall or wide, reduced to bidiagonal form by blocks, divided and conquered, and transformed back by
 * products. Backward stable: ‖A − U·diag(s)·Vᵀ‖ is a small multiple of max(m, n)·u·‖A‖. It is computed
 * in double for every element type (and, on a backend whose memory is not the host's, by loops on the
 * host) and rounded once; f16 becomes f32.
 *
 * Golub and Kahan (1965); Dongarra, Hammarling and Sorensen (LAPACK Working Note 2, 1987); Gu and
 * Eisenstat (1995). Rejects with `ARGUMENT` for an element that is not finite or an unknown
 * choice, `DTYPE` for integers, `DISPOSED`, `NOT_CONVERGED`.
 *
 * ```ts
 * using decomposition = await svd(a);
 * using picture = decomposition.approximation(20);   // the nearest matrix of rank 20
 * ```
 */
export async function svd(
  a: BlockMatrix,
  options: SvdOptions = {},
): Promise<SingularValueDecomposition> {
  const { vectors = "thin" } = options;
  checkChoice("svd", "vectors", vectors, ["thin", "full"]);
  const input = await readScaled("svd", a);
  const { backend } = a;
  const { rows, cols } = input;
  const dtype = workingDType(a);
  const work = new HostWorkspace(backend);
  try {
    const isWide = rows < cols;
    const upright = isWide ? transposedInput(input) : input;
    const isFull = vectors === "full";
    const { values, left, right } = denseSvd(work, upright, isFull);
    for (let i = 0; i < values.length; i++) values[i]! *= input.scale;
    const [u, v] = isWide ? [right, left] : [left, right];
    return new SingularValueDecomposition(
      fromVectorRows(backend, dtype, u.rows, u.cols, u.data),
      toMatrix(backend, dtype, values.length, 1, values),
      fromVectorRows(backend, dtype, v.rows, v.cols, v.data),
      values,
    );
  } finally {
    work.dispose();
  }
}

/**
 * The singular values alone, descending, min(m, n)×1, in about half the time. Rejects as {@link svd}.
 *
 * ```ts
 * using values = await singularValues(a);
 * ```
 */
export async function singularValues(a: BlockMatrix): Promise<BlockMatrix> {
  const values = await singularValuesOnHost("singularValues", a);
  return toMatrix(a.backend, workingDType(a), values.length, 1, values);
}

/** The same, as doubles, for `operation`. */
export async function singularValuesOnHost(
  operation: string,
  a: BlockMatrix,
): Promise<Float64Array> {
  const input = await readScaled(operation, a);
  const work = new HostWorkspace(a.backend);
  try {
    const values = singularValuesOf(work, input.rows < input.cols ? transposedInput(input) : input);
    return values.map((value) => value * input.scale);
  } finally {
    work.dispose();
  }
}
