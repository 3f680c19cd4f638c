import type { MatrixView } from "../backend.js";
import { BlockMatrix } from "../block-matrix.js";
import { BlockPattern, type BlockPosition } from "../block-pattern.js";
import { BlkError } from "../errors.js";
import { Partition } from "../partition.js";
import { BlockGrid } from "../storage.js";
import { copyBlocks, type Placement } from "./copy-blocks.js";
import { commonBackend } from "./operands.js";

/**
 * The block-diagonal matrix of the columns of blocks of `a`: [A₀ A₁ …] becomes diag(A₀, A₁, …), with
 * the row cuts of `a` in each. A view, whose blocks lie where they are. Where the columns are heads,
 * one product of such matrices is the products of all heads.
 *
 * ```ts
 * // rows are sequences, columns heads: a block of scores for each sequence and head
 * matmul(diagonalOfColumns(q), diagonalOfColumns(k), { transposeB: true, pattern });
 * ```
 */
export function diagonalOfColumns(a: BlockMatrix): BlockMatrix {
  commonBackend("diagonalOfColumns", [a]);
  const { rowPartition, colPartition } = a;
  const grid = new BlockGrid(a.storage("diagonalOfColumns"), a);
  const places: BlockPosition[] = [];
  const views: MatrixView[] = [];
  for (let col = 0; col < colPartition.count; col++) {
    for (let row = 0; row < rowPartition.count; row++) {
      const view = grid.view(row, col);
      if (view === undefined) continue;
      places.push({ row: col * rowPartition.count + row, col });
      views.push(view);
    }
  }
  const rows = rowPartition.repeat(colPartition.count);
  const pattern = BlockPattern.of(rows.count, colPartition.count, places);
  return new BlockMatrix({
    backend: a.backend,
    dtype: a.dtype,
    rowPartition: rows,
    colPartition,
    storage: { kind: "sparse", pattern, views },
    label: "diagonalOfColumns",
    source: a,
  });
}

/**
 * The dense matrix of which `a` is the {@link diagonalOfColumns}; a copy. What `a` holds off that
 * diagonal is dropped. Throws `PARTITION` unless the rows of `a` are cut alike in as many parts as
 * it has columns of blocks.
 */
export function columnsOfDiagonal(a: BlockMatrix): BlockMatrix {
  commonBackend("columnsOfDiagonal", [a]);
  const { rowPartition: all, colPartition } = a;
  const count = colPartition.count === 0 ? 0 : all.count / colPartition.count;
  const rowPartition = Partition.of(all.lengths.slice(0, count));
  if (!rowPartition.repeat(colPartition.count).equals(all)) {
    throw new BlkError(
      "PARTITION",
      `columnsOfDiagonal: the rows of ${a} are cut at ${all}; expected the same cuts once for each of ${colPartition.count} columns of blocks`,
    );
  }
  const grid = new BlockGrid(a.storage("columnsOfDiagonal"), a);
  const placements: Placement[] = [];
  for (let col = 0; col < colPartition.count; col++) {
    for (let row = 0; row < count; row++) {
      const view = grid.view(col * count + row, col);
      if (view === undefined) continue;
      placements.push({ view, row: rowPartition.start(row), col: colPartition.start(col) });
    }
  }
  return copyBlocks("columnsOfDiagonal", [a], placements, { rowPartition, colPartition });
}
