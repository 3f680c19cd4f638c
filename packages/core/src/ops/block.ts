import { BlockMatrix } from "../block-matrix.js";
import { BlockPattern } from "../block-pattern.js";
import { checkBlock } from "../check-arguments.js";
import { Partition } from "../partition.js";
import { BlockGrid } from "../storage.js";
import { windowView } from "../view.js";
import { commonBackend, denseViewOf } from "./operands.js";

/**
 * One block as a view: free. An absent block is a matrix whose only block is absent. Throws
 * `BOUNDS` outside of the grid.
 */
export function block(a: BlockMatrix, row: number, col: number): BlockMatrix {
  commonBackend("block", [a]);
  checkBlock("block", a, row, col);
  const view = new BlockGrid(a.storage("block"), a).view(row, col);
  const none = { kind: "sparse", pattern: BlockPattern.none(1, 1), views: [] } as const;
  return new BlockMatrix({
    backend: a.backend,
    dtype: a.dtype,
    rowPartition: Partition.whole(a.rowPartition.length(row)),
    colPartition: Partition.whole(a.colPartition.length(col)),
    storage: view === undefined ? none : { kind: "dense", view },
    label: "block",
    source: a,
  });
}

/** The present blocks, by rows, each as a view. */
export function* blocks(
  a: BlockMatrix,
): IterableIterator<{ readonly row: number; readonly col: number; readonly block: BlockMatrix }> {
  commonBackend("blocks", [a]);
  const { rowPartition, colPartition } = a;
  const pattern = a.pattern ?? BlockPattern.full(rowPartition.count, colPartition.count);
  for (const { row, col } of pattern.positions()) yield { row, col, block: block(a, row, col) };
}

/** The `rows`×`cols` elements from (row, col) of a dense matrix as a view: free. Throws `BOUNDS`. */
export function window(
  a: BlockMatrix,
  row: number,
  col: number,
  rows: number,
  cols: number,
): BlockMatrix {
  commonBackend("window", [a]);
  const view = windowView(denseViewOf("window", a), row, col, rows, cols);
  return new BlockMatrix({
    backend: a.backend,
    dtype: a.dtype,
    rowPartition: Partition.whole(rows),
    colPartition: Partition.whole(cols),
    storage: { kind: "dense", view },
    label: "window",
    source: a,
  });
}
