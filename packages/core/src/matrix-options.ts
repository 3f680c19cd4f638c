import { BlockPattern, type PatternLike } from "./block-pattern.js";
import { checkOptions } from "./check-arguments.js";
import { type DType, describeValue } from "./dtype.js";
import { BlkError } from "./errors.js";
import { checkCount, Partition, type PartitionLike } from "./partition.js";

/** How a new matrix is cut and stored. */
export interface MatrixOptions {
  /** Element type. Default: that of a typed array given as data, else `f32`. */
  readonly dtype?: DType;
  /** Where the rows are cut: a block size, block lengths, or a partition. Default: uncut. */
  readonly blockRows?: PartitionLike;
  /** Where the columns are cut. Default: uncut. */
  readonly blockCols?: PartitionLike;
  /** Which blocks are present; makes the matrix block-sparse. Default: dense. */
  readonly pattern?: PatternLike;
}

/** A rows×cols matrix as an option bag. */
export interface ShapedOptions extends MatrixOptions {
  readonly rows: number;
  readonly cols: number;
}

/** The cuts of a matrix and, if it is sparse, its present blocks. */
export interface Layout {
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  readonly pattern?: BlockPattern | undefined;
}

/** The layout that options ask for. Throws `ARGUMENT`, `PARTITION`. */
export function layoutOf(operation: string, options: ShapedOptions): Layout {
  checkOptions(operation, options, "such as { rows: 4, cols: 4 }");
  const { rows, cols, pattern } = options;
  checkCount(rows, operation, "a number of rows");
  checkCount(cols, operation, "a number of columns");
  const rowPartition = Partition.from(options.blockRows, rows, `${operation}, blockRows`);
  const colPartition = Partition.from(options.blockCols, cols, `${operation}, blockCols`);
  if (pattern === undefined) return { rowPartition, colPartition };
  if (typeof pattern !== "function" && !(pattern instanceof BlockPattern)) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected pattern to be a BlockPattern or a function (row, col) => boolean, got ${describeValue(pattern)}`,
    );
  }
  const { count: rowCount } = rowPartition;
  const { count: colCount } = colPartition;
  return {
    rowPartition,
    colPartition,
    pattern: BlockPattern.from(pattern, rowCount, colCount, operation),
  };
}
