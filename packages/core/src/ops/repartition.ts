import { BlockMatrix } from "../block-matrix.js";
import { BlockPattern } from "../block-pattern.js";
import { Partition, type PartitionLike } from "../partition.js";
import { copyBlocks, placementsOf } from "./copy-blocks.js";

/** Where to cut; what is left out stays as it is. */
export interface RepartitionOptions {
  readonly blockRows?: PartitionLike;
  readonly blockCols?: PartitionLike;
}

/**
 * The same matrix under other cuts. Of a dense matrix this is a view: free. Of a block-sparse one
 * it is a copy, in which a block is present if it meets a present one.
 */
export function repartition(a: BlockMatrix, options: RepartitionOptions): BlockMatrix {
  const storage = a.storage("repartition");
  const { blockRows = a.rowPartition, blockCols = a.colPartition } = options;
  const rowPartition = Partition.from(blockRows, a.rows, "repartition, blockRows");
  const colPartition = Partition.from(blockCols, a.cols, "repartition, blockCols");
  if (storage.kind === "dense") {
    const { backend, dtype } = a;
    const label = "repartition";
    return new BlockMatrix({
      backend,
      dtype,
      rowPartition,
      colPartition,
      storage,
      label,
      source: a,
    });
  }
  const placements = placementsOf(a);
  const pattern = BlockPattern.where(rowPartition.count, colPartition.count, (i, j) =>
    placements.some(
      ({ view, row, col }) =>
        meet(row, view.rows, rowPartition.start(i), rowPartition.length(i)) &&
        meet(col, view.cols, colPartition.start(j), colPartition.length(j)),
    ),
  );
  return copyBlocks("repartition", [a], placements, { rowPartition, colPartition, pattern });
}

function meet(start: number, length: number, otherStart: number, otherLength: number): boolean {
  return Math.max(start, otherStart) < Math.min(start + length, otherStart + otherLength);
}
