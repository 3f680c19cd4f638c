import {
  BlkError,
  BlockMatrix,
  BlockPattern,
  describeValue,
  Partition,
  type PartitionLike,
  type PatternLike,
} from "@blk/core";
import { checkLayer, checkRandom } from "../check-arguments.js";
import type { Module } from "../module.js";
import type { Random } from "../random.js";
import { parameter } from "../variable.js";
import { affine, type LinearOptions } from "./linear.js";

/** Options of {@link blockSparseLinear}. */
export interface BlockSparseLinearOptions extends LinearOptions {
  /** Where the inputs and the outputs are cut. */
  readonly blockRows: PartitionLike;
  readonly blockCols: PartitionLike;
  /** Which blocks of the weight there are, or the share of them, drawn from `random`. */
  readonly pattern: PatternLike | { readonly density: number };
}

/**
 * A linear layer with a weight of which only some blocks exist; the work of a step, forward and
 * backward, is that of those. With a density, every column of blocks gets equally many, at least one. `weight` is inputs×outputs with absent blocks, `bias` 1×outputs.
 *
 * Throws `ARGUMENT`, and `PARTITION` for cuts that do not fit; its forward pass as that of `linear`.
 *
 * ```ts
 * const layer = blockSparseLinear({ backend, inputs: 784, outputs: 512, activation: relu, random,
 *   blockRows: 56, blockCols: 64, pattern: { density: 0.25 } });
 * ```
 */
export function blockSparseLinear(options: BlockSparseLinearOptions): Module {
  checkLayer("blockSparseLinear", options, "inputs", "outputs");
  checkRandom("blockSparseLinear", options.random);
  const { backend, inputs, outputs, random, activation, dtype = "f32" } = options;
  const rowPartition = Partition.from(options.blockRows, inputs, "blockSparseLinear, blockRows");
  const colPartition = Partition.from(options.blockCols, outputs, "blockSparseLinear, blockCols");
  const [rowCount, colCount] = [rowPartition.count, colPartition.count];
  const given = options.pattern;
  // A pattern has a density as well.
  const pattern =
    given instanceof BlockPattern || typeof given === "function"
      ? BlockPattern.from(given, rowCount, colCount, "blockSparseLinear")
      : balanced(rowCount, colCount, given?.density, random);
  const gain = activation === undefined ? 1 : 2;
  const reach = Math.max(1, inputs * pattern.density);
  const deviation = options.deviation ?? Math.sqrt(gain / reach);
  const blocks = Array.from(pattern.positions(), ({ row, col }) => ({
    row,
    col,
    data: random.normal(rowPartition.length(row) * colPartition.length(col), deviation),
  }));
  const layout = { blockRows: rowPartition, blockCols: colPartition };
  const shape = { rows: inputs, cols: outputs, dtype, ...layout };
  const weight = parameter(BlockMatrix.fromBlocks(backend, blocks, shape));
  return affine("blockSparseLinear", weight, options);
}

/** Equally many random blocks in every column of blocks. */
function balanced(
  rowCount: number,
  colCount: number,
  density: number | undefined,
  random: Random,
): BlockPattern {
  if (typeof density !== "number" || !(density > 0 && density <= 1)) {
    throw new BlkError(
      "ARGUMENT",
      `blockSparseLinear: expected a pattern of blocks or { density } in (0, 1], got a density of ${describeValue(density)}`,
    );
  }
  const kept = Math.min(rowCount, Math.max(1, Math.round(density * rowCount)));
  const positions = Array.from({ length: colCount }, (_, col) =>
    Array.from(random.permutation(rowCount).subarray(0, kept), (row) => ({ row, col })),
  );
  return BlockPattern.of(rowCount, colCount, positions.flat());
}
