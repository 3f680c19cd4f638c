import type { Backend } from "../backend.js";
import { BlockMatrix } from "../block-matrix.js";
import { BlockPattern, type PatternLike } from "../block-pattern.js";
import type { DType, HostArray } from "../dtype.js";
import * as expr from "../expression/build.js";
import type { PartitionLike } from "../partition.js";
import { map } from "./map.js";
import { reduce } from "./reduce.js";
import { repartition } from "./repartition.js";

/** A copy in another element type, rounded to nearest; to `i32` truncated, NaN to 0. */
export function cast(a: BlockMatrix, dtype: DType): BlockMatrix {
  return map(a, (x) => x, { dtype, label: "cast" });
}

/** A block-sparse copy of exactly the blocks of `pattern`. */
export function restrict(a: BlockMatrix, pattern: PatternLike): BlockMatrix {
  return map(a, (x) => x, { pattern, label: "restrict" });
}

/**
 * A block-sparse copy without the blocks that hold only zeros (NaN is kept). Which ones these are
 * has to be read back, hence the promise.
 */
export async function toBlockSparse(
  a: BlockMatrix,
  options: { readonly blockRows?: PartitionLike; readonly blockCols?: PartitionLike } = {},
): Promise<BlockMatrix> {
  const cut = repartition(a, options);
  try {
    const largest = reduce(cut, {
      op: "max",
      per: "block",
      expr: expr.abs,
      label: "toBlockSparse",
    });
    let values: ArrayLike<number>;
    try {
      values = await largest.toArray();
    } finally {
      largest.dispose();
    }
    const { count: rowCount } = cut.rowPartition;
    const { count: colCount } = cut.colPartition;
    const isPresent = (row: number, col: number): boolean => {
      const value = values[row * colCount + col] as number;
      // A block without elements has a largest magnitude below zero; the smallest i32 stays negative.
      return cut.rowPartition.length(row) * cut.colPartition.length(col) > 0 && value !== 0;
    };
    return restrict(cut, BlockPattern.where(rowCount, colCount, isPresent));
  } finally {
    cut.dispose();
  }
}

/** A copy on another backend, read and written through the host. */
export async function transfer(a: BlockMatrix, backend: Backend): Promise<BlockMatrix> {
  const storage = a.storage("transfer");
  const { rows, cols, dtype, rowPartition, colPartition } = a;
  const shape = { rows, cols, dtype, blockRows: rowPartition, blockCols: colPartition };
  if (storage.kind === "dense") {
    return BlockMatrix.fromArray(backend, await a.backend.read(storage.view), shape);
  }
  const positions = [...storage.pattern.positions()];
  const data = await Promise.all(storage.views.map((view) => a.backend.read(view)));
  const present = positions.map((position, i) => ({ ...position, data: data[i] as HostArray }));
  return BlockMatrix.fromBlocks(backend, present, shape);
}
