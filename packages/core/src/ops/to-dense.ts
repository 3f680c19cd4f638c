import type { BlockMatrix } from "../block-matrix.js";
import { copyBlocks, placementsOf } from "./copy-blocks.js";
import { commonBackend } from "./operands.js";

/**
 * A dense copy with the same partitions; absent blocks become zeros. Throws `ARGUMENT`, `DISPOSED` or
 * `OUT_OF_MEMORY`.
 */
export function toDense(a: BlockMatrix): BlockMatrix {
  commonBackend("toDense", [a]);
  const { rowPartition, colPartition } = a;
  return copyBlocks("toDense", [a], placementsOf("toDense", a), { rowPartition, colPartition });
}
