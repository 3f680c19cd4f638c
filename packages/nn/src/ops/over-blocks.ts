import { Partition } from "@blk/core";
import type { Variable } from "../variable.js";
import { gather } from "./gather.js";
import { repartition } from "./repartition.js";
import { transpose } from "./transpose.js";

/** One number for each block of the operands' grid, repeated over the elements of its block. */
export function overBlocks(perBlock: Variable, operands: readonly Variable[]): Variable {
  const rows = Math.max(...operands.map((x) => x.rows));
  const cols = Math.max(...operands.map((x) => x.cols));
  const full = operands.find((x) => x.rows === rows && x.cols === cols);
  const rowPartition = full?.rowPartition ?? Partition.whole(rows);
  const colPartition = full?.colPartition ?? Partition.whole(cols);
  const tall = gather(perBlock, blockOfEach(rowPartition));
  const wide = gather(tall, blockOfEach(colPartition), { transpose: true });
  return repartition(transpose(wide), { blockRows: rowPartition, blockCols: colPartition });
}

function blockOfEach(partition: Partition): readonly number[] {
  return partition.lengths.flatMap((length, index) => new Array<number>(length).fill(index));
}
