import type { BlockMatrix } from "../block-matrix.js";
import { copyBlocks, placementsOf } from "./copy-blocks.js";

/** A dense copy with the same partitions; absent blocks become zeros. */
export function toDense(a: BlockMatrix): BlockMatrix {
  const { rowPartition, colPartition } = a;
  return copyBlocks("toDense", [a], placementsOf(a), { rowPartition, colPartition });
}
