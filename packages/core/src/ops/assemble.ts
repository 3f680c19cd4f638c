import type { BlockMatrix } from "../block-matrix.js";
import { BlockPattern } from "../block-pattern.js";
import { BlkError } from "../errors.js";
import type { Partition } from "../partition.js";
import { BlockGrid } from "../storage.js";
import { copyBlocks, type Placement, placementsOf } from "./copy-blocks.js";
import { commonBackend, commonDType, commonPartition } from "./operands.js";

/**
 * A matrix put together from a grid of matrices, as `np.block` does; `null` is a block of zeros.
 * The result is cut where they meet and where they are cut themselves. It is block-sparse if a
 * place is `null` or a part is block-sparse, else dense. Everything is copied.
 *
 * Throws `SHAPE` where heights in a row or widths in a column differ, `PARTITION` where cuts do.
 *
 * ```ts
 * using k = assemble([[a, transpose(b)], [b, null]]);
 * ```
 */
export function assemble(grid: readonly (readonly (BlockMatrix | null)[])[]): BlockMatrix {
  const width = grid[0]?.length ?? 0;
  if (width === 0 || grid.some((row) => row.length !== width)) {
    const lengths = grid.map((row) => row.length).join(", ");
    throw new BlkError(
      "ARGUMENT",
      `assemble: expected rows of one common length of 1 or more, got lengths ${lengths || "none"}`,
    );
  }
  const parts = grid.flat().filter((part) => part !== null);
  commonBackend("assemble", parts);
  checkSameDType(parts);
  const rows = grid.map((line, i) => joint(line, "rows", `row ${i}`));
  const columns = Array.from({ length: width }, (_, j) =>
    joint(
      grid.map((line) => line[j] ?? null),
      "cols",
      `column ${j}`,
    ),
  );
  const rowPartition = rows.reduce((x, y) => x.concat(y));
  const colPartition = columns.reduce((x, y) => x.concat(y));

  const placements: Placement[] = [];
  const present: { row: number; col: number }[] = [];
  let top = { position: 0, index: 0 };
  grid.forEach((line, i) => {
    const lineRows = rows[i] as Partition;
    let left = { position: 0, index: 0 };
    line.forEach((part, j) => {
      const lineCols = columns[j] as Partition;
      if (part !== null) {
        placements.push(...placementsOf(part, top.position, left.position));
        for (const { row, col } of presentBlocks(part, lineRows, lineCols)) {
          present.push({ row: top.index + row, col: left.index + col });
        }
      }
      left = after(left, lineCols);
    });
    top = after(top, lineRows);
  });
  const isSparse = parts.length < grid.length * width || parts.some((part) => part.isSparse);
  const { count: rowCount } = rowPartition;
  const pattern = isSparse ? BlockPattern.of(rowCount, colPartition.count, present) : undefined;
  return copyBlocks("assemble", parts, placements, { rowPartition, colPartition, pattern });
}

/** The block-diagonal matrix of the given matrices; block-sparse unless there is only one. */
export function blockDiagonal(parts: readonly BlockMatrix[]): BlockMatrix {
  return assemble(parts.map((part, i) => parts.map((_, j) => (i === j ? part : null))));
}

interface Corner {
  readonly position: number;
  readonly index: number;
}

function after({ position, index }: Corner, partition: Partition): Corner {
  return { position: position + partition.size, index: index + partition.count };
}

function checkSameDType(parts: readonly BlockMatrix[]): void {
  const different = parts.find((part) => part.dtype !== parts[0]?.dtype);
  if (different !== undefined) {
    throw new BlkError(
      "DTYPE",
      `assemble: ${parts[0]} and ${different} have different element types; convert one with cast()`,
    );
  }
  commonDType("assemble", parts);
}

/** The common partition of a line of parts. */
function joint(
  line: readonly (BlockMatrix | null)[],
  size: "rows" | "cols",
  name: string,
): Partition {
  const parts = line.filter((part) => part !== null);
  const first = parts[0];
  if (first === undefined) {
    throw new BlkError(
      "ARGUMENT",
      `assemble: ${name} of the grid holds no matrix, so its size is unknown; give a matrix of zeros`,
    );
  }
  const different = parts.find((part) => part[size] !== first[size]);
  if (different !== undefined) {
    throw new BlkError(
      "SHAPE",
      `assemble: the parts of ${name} must have equally many ${size === "rows" ? "rows" : "columns"}, but ${first} and ${different} differ`,
    );
  }
  const partitions = parts.map((part) => (size === "rows" ? part.rowPartition : part.colPartition));
  const names = [`in ${name}, one part's cuts`, "another's"] as const;
  return partitions.reduce((x, y) => commonPartition("assemble", x, y, names));
}

function* presentBlocks(
  part: BlockMatrix,
  rows: Partition,
  cols: Partition,
): IterableIterator<{ row: number; col: number }> {
  const storage = part.storage("assemble");
  const own = storage.kind === "dense" ? { rowPartition: rows, colPartition: cols } : part;
  const grid = new BlockGrid(storage, own, rows, cols);
  for (let row = 0; row < rows.count; row++) {
    for (let col = 0; col < cols.count; col++) if (grid.has(row, col)) yield { row, col };
  }
}
