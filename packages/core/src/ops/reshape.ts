import { BlockMatrix } from "../block-matrix.js";
import { checkOptions } from "../check-arguments.js";
import { BlkError } from "../errors.js";
import { checkCount, Partition, type PartitionLike } from "../partition.js";
import { denseView, isContiguous } from "../view.js";
import { map } from "./map.js";
import { commonBackend, denseViewOf } from "./operands.js";

/** The new shape, and where it is cut. */
export interface ReshapeOptions {
  readonly rows: number;
  readonly cols: number;
  /** Default: uncut. */
  readonly blockRows?: PartitionLike;
  readonly blockCols?: PartitionLike;
}

/**
 * The same elements, row by row, as a matrix of another shape: the pixels of an image as the row of
 * a batch, and back. Of a dense matrix whose rows follow one another in memory this is a view: free;
 * of a window on a larger one a copy. Throws `SHAPE` for another number of elements, `PARTITION` for
 * a block-sparse matrix.
 *
 * ```ts
 * using rows = reshape(pixels, { rows: images, cols: 28 * 28 });
 * ```
 */
export function reshape(a: BlockMatrix, options: ReshapeOptions): BlockMatrix {
  commonBackend("reshape", [a]);
  checkOptions("reshape", options, "such as { rows: 2, cols: 6 }");
  const rows = checkCount(options.rows, "reshape", "rows");
  const cols = checkCount(options.cols, "reshape", "cols");
  if (rows * cols !== a.rows * a.cols) {
    throw new BlkError(
      "SHAPE",
      `reshape: ${a} has ${a.rows * a.cols} elements, but ${rows}×${cols} are ${rows * cols}`,
    );
  }
  const own = denseViewOf("reshape", a);
  const source = isContiguous(own) ? a : map(a, (x) => x, { label: "reshape" });
  const { buffer, offset } = denseViewOf("reshape", source);
  const view = new BlockMatrix({
    backend: a.backend,
    dtype: a.dtype,
    rowPartition: Partition.from(options.blockRows, rows, "reshape, blockRows"),
    colPartition: Partition.from(options.blockCols, cols, "reshape, blockCols"),
    storage: { kind: "dense", view: denseView(buffer, a.dtype, rows, cols, offset) },
    label: "reshape",
    source,
  });
  if (source !== a) view.ownSource();
  return view;
}
