import type { Backend } from "../backend.js";
import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { BlockPattern, type PatternLike } from "../block-pattern.js";
import { checkBackend } from "../check-arguments.js";
import type { DType, HostArray } from "../dtype.js";
import * as expr from "../expression/build.js";
import { joinArrays } from "../host-data.js";
import { map } from "./map.js";
import { commonBackend } from "./operands.js";
import { reduce } from "./reduce.js";
import { type RepartitionOptions, repartitionAs } from "./repartition.js";

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
 * has to be read back, hence the promise. Throws what `repartition` throws.
 */
export async function toBlockSparse(
  a: BlockMatrix,
  options: RepartitionOptions = {},
): Promise<BlockMatrix> {
  const cut = repartitionAs("toBlockSparse", a, options);
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
    const pattern = BlockPattern.where(rowCount, colCount, isPresent);
    return map(cut, (x) => x, { pattern, label: "toBlockSparse" });
  } finally {
    cut.dispose();
  }
}

/**
 * A copy on another backend, read and written through the host. Throws `ARGUMENT`, `DISPOSED`,
 * `OUT_OF_MEMORY`, or `UNSUPPORTED` where that backend lacks the element type.
 */
export async function transfer(a: BlockMatrix, backend: Backend): Promise<BlockMatrix> {
  commonBackend("transfer", [a]);
  checkBackend("transfer", backend);
  const { dtype, rowPartition, colPartition, pattern } = a;
  const storage = a.storage("transfer");
  const views = storage.kind === "dense" ? [storage.view] : storage.views;
  const parts = await Promise.all(views.map((view) => a.backend.read(view)));
  const layout = { rowPartition, colPartition, pattern };
  return allocateMatrix(backend, dtype, layout, "transfer", (_, buffer) => {
    // A new matrix stores its blocks one after the other, in the order in which they were read.
    const all = parts.length === 1 ? (parts[0] as HostArray) : joinArrays(parts, dtype);
    backend.write(buffer, all);
  });
}
