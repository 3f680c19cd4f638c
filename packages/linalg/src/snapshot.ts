import { type BlockMatrix, type MatrixView, map, toDense } from "@blk/core";
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
