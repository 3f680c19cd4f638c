import { type Backend, BlockMatrix, type DType, transpose } from "@blk/core";

/** A matrix of a backend with these elements, rounded to `dtype`. */
export function toMatrix(
  backend: Backend,
  dtype: DType,
  rows: number,
  cols: number,
  elements: Float64Array,
): BlockMatrix {
  // The elements are a part of memory that the backend may be about to grow: a copy is safe.
  const data = dtype === "f32" ? Float32Array.from(elements) : elements.slice();
  return BlockMatrix.fromArray(backend, data, { rows, cols, dtype });
}

/** The matrix whose columns are these rows: a transposed view of memory of its own. */
export function fromVectorRows(
  backend: Backend,
  dtype: DType,
  rows: number,
  cols: number,
  elements: Float64Array,
): BlockMatrix {
  const source = toMatrix(backend, dtype, rows, cols, elements);
  const view = transpose(source);
  view.ownSource();
  return view;
}
