import type { BlockMatrix } from "../block-matrix.js";
import { BlockPattern, type BlockPosition } from "../block-pattern.js";
import { describeValue } from "../dtype.js";
import { BlkError } from "../errors.js";
import { Partition } from "../partition.js";
import { copyBlocks, placementsOf } from "./copy-blocks.js";
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
  checkGrid(grid);
  const width = grid[0]?.length ?? 0;
  if (width === 0 || grid.some((row) => row.length !== width)) {
    const lengths = grid.map((row) => row.length).join(", ");
    throw new BlkError(
      "ARGUMENT",
      `assemble: expected rows of one common length of 1 or more, got lengths ${lengths || "none"}; write null where a block is zero`,
    );
  }
  const parts = grid.flat().filter((part) => part !== null);
  commonBackend("assemble", parts);
  checkSameDType("assemble", parts);
  const rows = grid.map((line, i) => joint(line, "rows", `row ${i}`));
  const columns = Array.from({ length: width }, (_, j) =>
    joint(
      grid.map((line) => line[j] ?? null),
      "cols",
      `column ${j}`,
    ),
  );
  const tops = cornersOf(rows);
  const lefts = cornersOf(columns);
  const places = grid.flatMap((line, i) =>
    line.flatMap((part, j): Place[] =>
      part === null ? [] : [{ part, top: tops[i] as Corner, left: lefts[j] as Corner }],
    ),
  );
  const isSparse = parts.length < grid.length * width || parts.some((part) => part.isSparse);
  return compose("assemble", places, isSparse, concatenated(rows), concatenated(columns));
}

/** The block-diagonal matrix of the given matrices; block-sparse unless there is only one. */
export function blockDiagonal(parts: readonly BlockMatrix[]): BlockMatrix {
  if (!Array.isArray(parts) || parts.length === 0) {
    const got = Array.isArray(parts) ? "none" : describeValue(parts);
    throw new BlkError(
      "ARGUMENT",
      `blockDiagonal: expected an array of matrices, got ${got}; write blockDiagonal([a, b])`,
    );
  }
  commonBackend("blockDiagonal", parts);
  checkSameDType("blockDiagonal", parts);
  const rows = parts.map((part) => part.rowPartition);
  const columns = parts.map((part) => part.colPartition);
  const tops = cornersOf(rows);
  const lefts = cornersOf(columns);
  const places = parts.map((part, i) => ({
    part,
    top: tops[i] as Corner,
    left: lefts[i] as Corner,
  }));
  const isSparse = parts.length > 1 || parts.some((part) => part.isSparse);
  return compose("blockDiagonal", places, isSparse, concatenated(rows), concatenated(columns));
}

/** Throws `ARGUMENT` unless this is a list of lists. */
function checkGrid(grid: readonly (readonly (BlockMatrix | null)[])[]): void {
  const wrong = Array.isArray(grid) ? grid.findIndex((row) => !Array.isArray(row)) : -1;
  if (Array.isArray(grid) && wrong < 0) return;
  const got =
    wrong < 0 ? `got ${describeValue(grid)}` : `but row ${wrong} is ${describeValue(grid[wrong])}`;
  throw new BlkError(
    "ARGUMENT",
    `assemble: expected rows of matrices, such as [[a, b]] or [[a], [b]], ${got}`,
  );
}

/** A part of the result and where it begins. */
interface Place {
  readonly part: BlockMatrix;
  readonly top: Corner;
  readonly left: Corner;
}

/** Where a line of parts begins, counted in elements and in blocks, and how it is cut. */
interface Corner {
  readonly position: number;
  readonly index: number;
  readonly partition: Partition;
}

function cornersOf(lines: readonly Partition[]): readonly Corner[] {
  let position = 0;
  let index = 0;
  return lines.map((partition) => {
    const corner = { position, index, partition };
    position += partition.size;
    index += partition.count;
    return corner;
  });
}

function concatenated(lines: readonly Partition[]): Partition {
  return Partition.of(lines.flatMap((partition) => partition.lengths));
}

function compose(
  operation: string,
  places: readonly Place[],
  isSparse: boolean,
  rowPartition: Partition,
  colPartition: Partition,
): BlockMatrix {
  const parts = places.map(({ part }) => part);
  const placements = places.flatMap(({ part, top, left }) =>
    placementsOf(operation, part, top.position, left.position),
  );
  const layout = { rowPartition, colPartition };
  if (!isSparse) return copyBlocks(operation, parts, placements, layout);
  const pattern = BlockPattern.of(
    rowPartition.count,
    colPartition.count,
    places.flatMap((place) => presentBlocks(operation, place)),
  );
  return copyBlocks(operation, parts, placements, { ...layout, pattern });
}

function checkSameDType(operation: string, parts: readonly BlockMatrix[]): void {
  const different = parts.find((part) => part.dtype !== parts[0]?.dtype);
  if (different !== undefined) {
    throw new BlkError(
      "DTYPE",
      `${operation}: ${parts[0]} and ${different} have different element types; convert one with cast()`,
    );
  }
  commonDType(operation, parts);
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

/** The places of the present blocks of a part, cut as its lines are, in the whole. */
function presentBlocks(operation: string, { part, top, left }: Place): BlockPosition[] {
  const { count: rowCount } = top.partition;
  const { count: colCount } = left.partition;
  const storage = part.storage(operation);
  const pattern =
    storage.kind === "dense"
      ? BlockPattern.full(rowCount, colCount)
      : storage.pattern.spread(rowCount, colCount);
  return Array.from(pattern.positions(), ({ row, col }) => ({
    row: top.index + row,
    col: left.index + col,
  }));
}
