import { BlockMatrix } from "@blk/core";

/** Zeros of the same shape, element type, partitions and blocks. */
export function zerosLike(value: BlockMatrix): BlockMatrix {
  const { backend, rows, cols, dtype, rowPartition, colPartition, pattern } = value;
  const options = { rows, cols, dtype, blockRows: rowPartition, blockCols: colPartition };
  return BlockMatrix.zeros(backend, pattern === undefined ? options : { ...options, pattern });
}
