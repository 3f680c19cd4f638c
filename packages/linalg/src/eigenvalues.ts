import type { BlockMatrix } from "@blk/core";
import { checkSquare, workingDType } from "./operands.js";
import { hessenbergEigenvalues } from "./spectral/francis.js";
import { toHessenberg } from "./spectral/hessenberg.js";
import { HostWorkspace } from "./spectral/host-workspace.js";
import { readScaled } from "./spectral/scaled-input.js";
import { toMatrix } from "./spectral/to-matrix.js";

/**
 * The eigenvalues of a square n×n matrix, symmetric or not, as n×2: real parts in the first column,
 * imaginary ones in the second. Conjugate pairs stand together, the positive imaginary part first;
 * otherwise in no order. Reduced to Hessenberg form by blocks, then Francis's QR iteration: they are
 * those of a matrix within a small multiple of n·u·‖A‖. For a symmetric matrix use
 * {@link symmetricEigenvalues}.
 *
 * Rejects with `SHAPE` if the matrix is not square, `ARGUMENT` for an element that is not finite,
 * `DTYPE` for integers, `DISPOSED`, `NOT_CONVERGED`.
 *
 * ```ts
 * using values = await eigenvalues(a);
 * const [[real, imaginary]] = await values.toRows();
 * ```
 */
export async function eigenvalues(a: BlockMatrix): Promise<BlockMatrix> {
  checkSquare("eigenvalues", a);
  const { rows: size, elements, scale } = await readScaled("eigenvalues", a);
  const work = new HostWorkspace(a.backend);
  try {
    const matrix = work.matrix(size, size);
    matrix.data.set(elements);
    toHessenberg(work, matrix);
    const { real, imaginary } = hessenbergEigenvalues(matrix.data, size);
    const values = new Float64Array(2 * size);
    for (let i = 0; i < size; i++) {
      values[2 * i] = scale * real[i]!;
      values[2 * i + 1] = scale * imaginary[i]!;
    }
    return toMatrix(a.backend, workingDType(a), size, 2, values);
  } finally {
    work.dispose();
  }
}
