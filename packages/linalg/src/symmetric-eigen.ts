import type { BlockMatrix } from "@blk/core";
import { MatrixFactors } from "./matrix-factors.js";
import { checkSquare, workingDType } from "./operands.js";
import { HostWorkspace } from "./spectral/host-workspace.js";
import { applyToVectors } from "./spectral/reflectors.js";
import { readScaled, type ScaledInput } from "./spectral/scaled-input.js";
import { fromVectorRows, toMatrix } from "./spectral/to-matrix.js";
import { tridiagonalEigen } from "./spectral/tridiagonal-eigen.js";
import { tridiagonalValues } from "./spectral/tridiagonal-values.js";
import { type Tridiagonal, tridiagonalise } from "./spectral/tridiagonalise.js";

/** `A = V·diag(values)·Vᵀ`, V orthogonal. */
export class SymmetricEigen extends MatrixFactors {
  /** n×1, ascending. */
  readonly values: BlockMatrix;
  /** n×n: column i is the eigenvector of value i. */
  readonly vectors: BlockMatrix;

  constructor(values: BlockMatrix, vectors: BlockMatrix) {
    super(vectors.rows, vectors.cols, [values, vectors]);
    this.values = values;
    this.vectors = vectors;
  }
}

/**
 * Eigenvalues and eigenvectors of a symmetric n×n matrix, of which only the lower triangle counts:
 * reduced to tridiagonal form by blocks, divided and conquered, and transformed back by products.
 * Backward stable: the residual and V's distance from orthogonality are small multiples of
 * n·u·‖A‖ and n·u. It is computed in double for every element type (and, on a backend whose memory
 * is not the host's, by loops on the host) and rounded once; f16 becomes f32.
 *
 * Dongarra, Hammarling and Sorensen (LAPACK Working Note 2, 1987); Cuppen (1981); Gu and Eisenstat
 * (1995). Rejects with `SHAPE` if the matrix is not square, `ARGUMENT` for an element that is not
 * finite, `DTYPE` for integers, `DISPOSED`, `NOT_CONVERGED`.
 *
 * ```ts
 * using eigen = await symmetricEigen(a);
 * using largest = window(eigen.vectors, 0, n - 1, n, 1);
 * ```
 */
export async function symmetricEigen(a: BlockMatrix): Promise<SymmetricEigen> {
  checkSquare("symmetricEigen", a);
  const input = await readScaled("symmetricEigen", a, "lower");
  const { backend } = a;
  const dtype = workingDType(a);
  const { rows: size, scale } = input;
  const work = new HostWorkspace(backend);
  try {
    const { diagonal, offDiagonal, reflectors } = reduce(work, input);
    const { values, vectors } = tridiagonalEigen(work, diagonal, offDiagonal);
    applyToVectors(work, reflectors, vectors);
    for (let i = 0; i < size; i++) values[i]! *= scale;
    return new SymmetricEigen(
      toMatrix(backend, dtype, size, 1, values),
      fromVectorRows(backend, dtype, size, size, vectors.data),
    );
  } finally {
    work.dispose();
  }
}

/**
 * The eigenvalues alone, n×1 and ascending, in about half the time: as {@link symmetricEigen}, with
 * QL iterations in place of the divide and conquer. Rejects as it does.
 *
 * ```ts
 * using values = await symmetricEigenvalues(a);
 * ```
 */
export async function symmetricEigenvalues(a: BlockMatrix): Promise<BlockMatrix> {
  checkSquare("symmetricEigenvalues", a);
  const input = await readScaled("symmetricEigenvalues", a, "lower");
  const { rows: size, scale } = input;
  const work = new HostWorkspace(a.backend);
  try {
    const { diagonal, offDiagonal } = reduce(work, input);
    const values = tridiagonalValues(diagonal, offDiagonal);
    for (let i = 0; i < size; i++) values[i]! *= scale;
    return toMatrix(a.backend, workingDType(a), size, 1, values);
  } finally {
    work.dispose();
  }
}

function reduce(work: HostWorkspace, { elements, rows: size }: ScaledInput): Tridiagonal {
  const matrix = work.unwritten(size, size);
  const { data } = matrix;
  data.set(elements);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) data[j * size + i] = data[i * size + j]!;
  }
  const tridiagonal = tridiagonalise(work, matrix);
  work.free(matrix);
  return tridiagonal;
}
