import type { MatrixView } from "../backend.js";
import { BlockMatrix } from "../block-matrix.js";
import { BlockPattern } from "../block-pattern.js";
import { BlkError } from "../errors.js";
import { Partition } from "../partition.js";
import { BlockGrid, transposeStorage } from "../storage.js";
import { commonBackend } from "./operands.js";

/**
 * The transposes of the `count` equally high parts that `a` is stacked of, stacked: of
 * [A₀; A₁; …] that is [A₀ᵀ; A₁ᵀ; …]. A view, whose blocks lie where they are: it is block-sparse,
 * of a dense matrix with a block for each part. What a convolution multiplies gradients by.
 *
 * Throws `SHAPE` unless `count` divides the rows, `PARTITION` unless the parts of a block-sparse
 * matrix are cut alike.
 */
export function transposeParts(a: BlockMatrix, count: number): BlockMatrix {
  commonBackend("transposeParts", [a]);
  const height = a.rows / count;
  if (!(Number.isInteger(count) && count > 0 && Number.isInteger(height))) {
    throw new BlkError("SHAPE", `transposeParts: ${a} cannot be cut into ${count} equal parts`);
  }
  const { rowPartition, colPartition } = partsOf(a, count, height);
  const grid = new BlockGrid(
    a.storage("transposeParts"),
    a,
    rowPartition.repeat(count),
    colPartition,
  );
  const views: MatrixView[] = [];
  const places: { readonly row: number; readonly col: number }[] = [];
  for (let part = 0; part < count; part++) {
    const top = part * rowPartition.count;
    const storage = transposeStorage(partStorage(grid, top, rowPartition.count));
    if (storage.kind === "dense") continue;
    storage.pattern.forEach((row, col, index) => {
      places.push({ row: part * colPartition.count + row, col });
      views.push(storage.views[index] as MatrixView);
    });
  }
  const rows = colPartition.repeat(count);
  const pattern = BlockPattern.of(rows.count, rowPartition.count, places);
  return new BlockMatrix({
    backend: a.backend,
    dtype: a.dtype,
    rowPartition: rows,
    colPartition: rowPartition,
    storage: { kind: "sparse", pattern, views },
    label: "transposeParts",
    source: a,
  });
}

/** How each part is cut: a dense one not at all. */
function partsOf(
  a: BlockMatrix,
  count: number,
  height: number,
): { readonly rowPartition: Partition; readonly colPartition: Partition } {
  if (!a.isSparse) {
    return { rowPartition: Partition.whole(height), colPartition: Partition.whole(a.cols) };
  }
  const { rowPartition: own, colPartition } = a;
  if (own.isWhole) return { rowPartition: Partition.whole(height), colPartition };
  const { lengths } = own;
  const rowPartition = Partition.of(lengths.slice(0, lengths.length / count));
  if (rowPartition.size === height && rowPartition.repeat(count).equals(own)) {
    return { rowPartition, colPartition };
  }
  throw new BlkError(
    "PARTITION",
    `transposeParts: the rows of ${a} are cut at ${own}, not alike in each of ${count} parts; cut them alike with repartition()`,
  );
}

/** The present blocks of some block rows. */
function partStorage(
  grid: BlockGrid,
  top: number,
  rowCount: number,
): { readonly kind: "sparse"; readonly pattern: BlockPattern; readonly views: MatrixView[] } {
  const colCount = grid.colPartition.count;
  const pattern = BlockPattern.where(rowCount, colCount, (row, col) => grid.has(top + row, col));
  const views: MatrixView[] = [];
  pattern.forEach((row, col) => {
    views.push(grid.view(top + row, col) as MatrixView);
  });
  return { kind: "sparse", pattern, views };
}
