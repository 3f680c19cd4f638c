import { BlockMatrix } from "../block-matrix.js";
import { BlockPattern, type BlockPosition } from "../block-pattern.js";
import { checkOptions } from "../check-arguments.js";
import { Partition, type PartitionLike } from "../partition.js";
import { blocksUnder, copyBlocks, placementsOf } from "./copy-blocks.js";
import { commonBackend } from "./operands.js";

/** Where to cut; what is left out stays as it is. */
export interface RepartitionOptions {
  readonly blockRows?: PartitionLike;
  readonly blockCols?: PartitionLike;
}

/**
 * The same matrix under other cuts. Of a dense matrix this is a view: free. Of a block-sparse one
 * it is a copy, in which a block is present if it meets a present one. Throws `PARTITION`,
 * `ARGUMENT` or `DISPOSED`.
 */
export function repartition(a: BlockMatrix, options: RepartitionOptions): BlockMatrix {
  return repartitionAs("repartition", a, options);
}

/** {@link repartition} for another operation, which errors name. */
export function repartitionAs(
  operation: string,
  a: BlockMatrix,
  options: RepartitionOptions,
): BlockMatrix {
  commonBackend(operation, [a]);
  checkOptions(operation, options, "such as { blockRows: 2, blockCols: 2 }");
  const storage = a.storage(operation);
  const { blockRows = a.rowPartition, blockCols = a.colPartition } = options;
  const rowPartition = Partition.from(blockRows, a.rows, `${operation}, blockRows`);
  const colPartition = Partition.from(blockCols, a.cols, `${operation}, blockCols`);
  if (storage.kind === "dense") {
    const { backend, dtype } = a;
    return new BlockMatrix({
      backend,
      dtype,
      rowPartition,
      colPartition,
      storage,
      label: operation,
      source: a,
    });
  }
  const placements = placementsOf(operation, a);
  const { count: rowCount } = rowPartition;
  const { count: colCount } = colPartition;
  // Several old blocks may meet one new block, which is to be named once.
  const places = new Map<number, BlockPosition>();
  for (const placement of placements) {
    for (const place of blocksUnder(placement, rowPartition, colPartition)) {
      places.set(place.row * colCount + place.col, place);
    }
  }
  const pattern = BlockPattern.of(rowCount, colCount, places.values());
  return copyBlocks(operation, [a], placements, { rowPartition, colPartition, pattern });
}
