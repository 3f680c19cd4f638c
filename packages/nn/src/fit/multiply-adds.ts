import { type BlockMatrix, bytesPerElement } from "@blk/core";
import type { TapeNode } from "../tape-node.js";

/**
 * Multiply-adds of an operation, forward: of products, those of the blocks that are there; of a
 * convolution, each weight once for each row of the result. Elementwise work counts as none.
 */
export function multiplyAddsOf({ name, inputs, outputs }: TapeNode): number {
  const [left, right] = inputs;
  const out = outputs[0]?.value;
  if (left === undefined || right === undefined || out === undefined) return 0;
  const [a, b] = [left.value, right.value];
  if (name.startsWith("conv")) return out.rows * storedElements(b);
  if (name !== "matmul" || out.cols === 0) return 0;
  if (b.isSparse && !out.isSparse) return out.rows * storedElements(b);
  if (a.isSparse && !out.isSparse) return out.cols * storedElements(a);
  return storedElements(out) * ((b.rows * b.cols) / out.cols);
}

/** Elements in memory: of a block-sparse matrix, those of its present blocks. */
export function storedElements({
  rows,
  cols,
  rowPartition,
  colPartition,
  pattern,
}: BlockMatrix): number {
  if (pattern === undefined) return rows * cols;
  let count = 0;
  pattern.forEach((row, col) => {
    count += rowPartition.length(row) * colPartition.length(col);
  });
  return count;
}

export function storedBytes(matrix: BlockMatrix): number {
  return storedElements(matrix) * bytesPerElement(matrix.dtype);
}
