import type { MatrixView } from "../backend.js";
import { allocateMatrix, BlockMatrix } from "../block-matrix.js";
import { checkOptions } from "../check-arguments.js";
import { describeValue } from "../dtype.js";
import { BlkError } from "../errors.js";
import { Partition } from "../partition.js";
import { denseView, isContiguous, transposeView, viewsOverlap, windowView } from "../view.js";
import { commonBackend, denseViewOf, indexViewOf } from "./operands.js";

/** Row indices: an i32 column on the backend (or several), or numbers, which are checked. */
export type Indices = BlockMatrix | readonly number[] | Int32Array;

/** Options of {@link gather}. */
export interface GatherOptions {
  /** Gather columns of `a` as rows of the result. */
  readonly transpose?: boolean;
}

/**
 * Row i of the result is row `indices[i]` of `a`; an index outside of `a` held by a matrix, or −1,
 * gives a row of zeros. Of indices in several columns, the rows of each line are put side by side.
 * Dense only. Throws `BOUNDS` for numbers that are no row, `DTYPE`.
 */
export function gather(a: BlockMatrix, indices: Indices, options: GatherOptions = {}): BlockMatrix {
  return gatherAs("gather", a, indices, options);
}

/** {@link gather} for another operation, which errors name. */
export function gatherAs(
  operation: string,
  a: BlockMatrix,
  indices: Indices,
  options: GatherOptions,
): BlockMatrix {
  commonBackend(operation, [a]);
  checkOptions(operation, options, "such as { transpose: true }");
  const view = denseViewOf(operation, a);
  const source = options.transpose ? transposeView(view) : view;
  return withIndices(operation, a, indices, source.rows, (rows) => {
    const colPartition = options.transpose ? a.rowPartition : a.colPartition;
    const places = indexViewOf(operation, rows, "wide");
    const layout = {
      rowPartition: rows.rowPartition,
      colPartition: colPartition.repeat(rows.cols),
    };
    return allocateMatrix(a.backend, a.dtype, layout, operation, (result) => {
      const out = denseViewOf(operation, result);
      // Rows side by side are rows one below the other where nothing lies between lines.
      const [column, parts] = [asRowsOf(places, 1), asRowsOf(out, source.cols)];
      if (column !== undefined && parts !== undefined) {
        a.backend.gather(source, column, parts);
        return;
      }
      for (let i = 0; i < rows.cols; i++) {
        const part = windowView(out, 0, i * source.cols, out.rows, source.cols);
        a.backend.gather(source, windowView(places, 0, i, places.rows, 1), part);
      }
    });
  });
}

/**
 * Adds row i of `source` to row `indices[i]` of `target`, in order of i, and returns `target`.
 * Rows of index −1 are dropped. Dense only. Throws `SHAPE`, `BOUNDS`, `DTYPE`, or `ALIAS` where the
 * target shares memory with the source or the indices.
 */
export function scatterAdd(
  target: BlockMatrix,
  indices: Indices,
  source: BlockMatrix,
): BlockMatrix {
  const backend = commonBackend("scatterAdd", [target, source]);
  const out = denseViewOf("scatterAdd", target);
  const from = denseViewOf("scatterAdd", source);
  if (target.dtype !== source.dtype) {
    throw new BlkError(
      "DTYPE",
      `scatterAdd: ${target} and ${source} have different element types; convert one with cast()`,
    );
  }
  return withIndices("scatterAdd", target, indices, target.rows, (rows) => {
    if (target.cols !== source.cols || rows.rows !== source.rows) {
      throw new BlkError(
        "SHAPE",
        `scatterAdd: expected a source of ${rows.rows}×${target.cols} (indices × target's columns), got ${source}; give one index per row of the source`,
      );
    }
    const places = indexViewOf("scatterAdd", rows);
    for (const [name, view] of [
      [`the source ${source}`, from],
      [`the index matrix ${rows}`, places],
    ] as const) {
      if (!viewsOverlap(out, view)) continue;
      throw new BlkError(
        "ALIAS",
        `scatterAdd: the target ${target} overlaps ${name}; copy one of them first, with map(x, (x) => x)`,
      );
    }
    backend.scatterAdd(from, places, out);
    return target;
  });
}

/** The same elements in rows of `cols`, if they lie one after the other. */
function asRowsOf(view: MatrixView, cols: number): MatrixView | undefined {
  if (cols === 0 || !isContiguous(view)) return undefined;
  const { buffer, dtype, rows, cols: all, offset } = view;
  return denseView(buffer, dtype, (rows * all) / cols, cols, offset);
}

function withIndices<T>(
  operation: string,
  a: BlockMatrix,
  indices: Indices,
  rowCount: number,
  use: (rows: BlockMatrix) => T,
): T {
  if (indices instanceof BlockMatrix) {
    commonBackend(operation, [a, indices]);
    return use(indices);
  }
  if (!Array.isArray(indices) && !((indices as Int32Array) instanceof Int32Array)) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected row indices as an array, an Int32Array or an i32 column, got ${describeValue(indices)}; for one row pass [index]`,
    );
  }
  const numbers = Array.from(indices);
  numbers.forEach((index, i) => {
    if (!Number.isInteger(index) || index < -1 || index >= rowCount) {
      throw new BlkError(
        "BOUNDS",
        `${operation}: index ${i} is ${describeValue(index)}; expected a row from 0 to ${rowCount - 1}, or −1 for none`,
      );
    }
  });
  const layout = {
    rowPartition: Partition.whole(numbers.length),
    colPartition: Partition.whole(1),
  };
  const column = allocateMatrix(a.backend, "i32", layout, operation, (_, buffer) => {
    a.backend.write(buffer, Int32Array.from(numbers));
  });
  try {
    return use(column);
  } finally {
    column.dispose();
  }
}
