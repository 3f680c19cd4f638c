import { tallAspect } from "../params.js";
import { type BidiagonalSvd, bidiagonalSvd } from "./bidiagonal-svd.js";
import { bidiagonalise } from "./bidiagonalise.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";
import { applyToVectors } from "./reflectors.js";
import type { ScaledInput } from "./scaled-input.js";
import { triangularise } from "./triangularise.js";
import { tridiagonalValues } from "./tridiagonal-values.js";

/**
 * Singular values, descending, and vectors as rows, of a matrix of at least as many rows as columns
 * whose largest element is about 1. There are as many left vectors as columns, or, if `isFull`, as
 * rows. A tall matrix is made square first: Chan, ACM Trans. Math. Softw. 8 (1982).
 */
export function denseSvd(work: HostWorkspace, input: ScaledInput, isFull: boolean): BidiagonalSvd {
  const { rows, cols } = input;
  const right = { rows: cols, cols };
  const left = { rows: isFull ? rows : cols, cols: rows };
  if (rows < tallAspect * cols) {
    const form = bidiagonalise(work, toHost(work, input));
    const shapes = { left, right };
    const svd = bidiagonalSvd(work, form.diagonal, form.superdiagonal, shapes);
    applyToVectors(work, form.left, svd.left);
    applyToVectors(work, form.right, svd.right);
    return svd;
  }
  const { triangle, reflectors } = triangularForm(work, input);
  const form = bidiagonalise(work, triangle);
  work.free(triangle);
  const svd = bidiagonalSvd(work, form.diagonal, form.superdiagonal, { left: right, right });
  applyToVectors(work, form.left, svd.left);
  applyToVectors(work, form.right, svd.right);
  const vectors = extended(work, svd.left, left.rows, left.cols);
  applyToVectors(work, reflectors, vectors);
  return { values: svd.values, left: vectors, right: svd.right };
}

/** The singular values alone, descending, of such a matrix. */
export function singularValuesOf(work: HostWorkspace, input: ScaledInput): Float64Array {
  const { rows, cols } = input;
  const isTall = rows >= tallAspect * cols;
  const matrix = isTall ? triangularForm(work, input).triangle : toHost(work, input);
  const { diagonal, superdiagonal } = bidiagonalise(work, matrix);
  // Golub and Kahan: ± the singular values are the eigenvalues of a tridiagonal of twice the size.
  const offDiagonal = new Float64Array(Math.max(0, 2 * cols - 1));
  diagonal.forEach((value, i) => {
    offDiagonal[2 * i] = value;
  });
  superdiagonal.forEach((value, i) => {
    offDiagonal[2 * i + 1] = value;
  });
  const values = tridiagonalValues(new Float64Array(2 * cols), offDiagonal);
  return values.subarray(cols).reverse().map(Math.abs);
}

function toHost(work: HostWorkspace, { rows, cols, elements }: ScaledInput): HostMatrix {
  const matrix = work.unwritten(rows, cols);
  matrix.data.set(elements);
  return matrix;
}

/** R of A = Q·R, square, and Q. */
function triangularForm(work: HostWorkspace, { rows, cols, elements }: ScaledInput) {
  const columns = work.matrix(cols, rows);
  const source = columns.data;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) source[j * rows + i] = elements[i * cols + j]!;
  }
  const reflectors = triangularise(work, columns);
  const triangle = work.matrix(cols, cols);
  const target = triangle.data;
  const { data } = columns;
  for (let j = 0; j < cols; j++) {
    for (let i = 0; i <= j; i++) target[i * cols + j] = data[j * rows + i]!;
  }
  work.free(columns);
  return { triangle, reflectors };
}

/** Rows continued by zeros, and then by rows as the identity has them. */
function extended(work: HostWorkspace, source: HostMatrix, rows: number, cols: number): HostMatrix {
  const matrix = work.matrix(rows, cols);
  const { data } = matrix;
  const from = source.data;
  for (let i = 0; i < source.rows; i++) {
    data.set(from.subarray(i * source.cols, (i + 1) * source.cols), i * cols);
  }
  for (let i = source.rows; i < rows; i++) data[i * cols + i] = 1;
  work.free(source);
  return matrix;
}
