import { BlkError, type BlockMatrix, isBlkError, type MatrixView, map, toDense } from "@blk/core";
import { checkFinite, viewOf, workingDType } from "./operands.js";

/**
 * A dense copy of `a` in its working element type, made at once: the caller may free or change `a`
 * while an asynchronous function goes on. The copy is the function's to dispose.
 */
export function snapshot(operation: string, a: BlockMatrix): BlockMatrix {
  const dense = a.isSparse ? toDense(a) : a;
  try {
    return map(dense, (x) => x, { dtype: workingDType(a), label: operation });
  } finally {
    if (dense !== a) dense.dispose();
  }
}

/** Rejects with `ARGUMENT`, naming the place, if an element of a dense matrix is not finite. */
export function checkAllFinite(
  operation: string,
  a: BlockMatrix,
  name: string = String(a),
): Promise<MatrixView> {
  return checkFinite(operation, a.backend, viewOf(operation, a), name);
}

/** Resolves to `x`, what `operation` made of `operands`; rejects with `ARGUMENT`, and frees it, if it overflowed. */
export async function stored(
  operation: string,
  operands: string,
  x: BlockMatrix,
): Promise<BlockMatrix> {
  try {
    await checkAllFinite(operation, x);
    return x;
  } catch (error) {
    x.dispose();
    if (!isBlkError(error, "ARGUMENT")) throw error;
    throw new BlkError(
      "ARGUMENT",
      `${operation}: the result for ${operands} leaves the range of ${x.dtype}; scale what it is made of`,
      { cause: error },
    );
  }
}
