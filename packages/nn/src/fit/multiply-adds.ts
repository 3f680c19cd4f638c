import { type BlockMatrix, bytesPerElement } from "@blk/core";
import type { TapeNode } from "../tape-node.js";
import type { Variable } from "../variable.js";

/**
 * Multiply-adds of an operation, forward: of products, those of the blocks that are there (of a
 * convolution, each weight once for each row of the result); of attention, those of its scores and of its
 * result. Elementwise work counts as none.
 */
export function multiplyAddsOf({ name, inputs, outputs }: TapeNode): number {
  const [left, right] = inputs;
  const out = outputs[0]?.value;
  if (left === undefined || right === undefined || out === undefined) return 0;
  const [a, b] = [left.value, right.value];
  if (name === "attention") return attentionMultiplyAdds(a, b, (inputs[2] as Variable).value);
  if (name !== "matmul" || out.cols === 0) return 0;
  if (b.isSparse && !out.isSparse) return out.rows * storedElements(b);
  if (a.isSparse && !out.isSparse) return out.cols * storedElements(a);
  return storedElements(out) * ((b.rows * b.cols) / out.cols);
}

/** Scores and mixtures of each sequence on its own. */
function attentionMultiplyAdds(q: BlockMatrix, k: BlockMatrix, v: BlockMatrix): number {
  const keys = k.rowPartition.lengths;
  return q.rowPartition.lengths.reduce(
    (sum, rows, i) => sum + rows * (keys[i] as number) * (q.cols + v.cols),
    0,
  );
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
