import { describeValue } from "./dtype.js";
import { BlkError } from "./errors.js";
import { checkCount } from "./partition.js";

/** The place of a block in the grid of blocks, counted from 0. */
export interface BlockPosition {
  readonly row: number;
  readonly col: number;
}

/** Which blocks are present: a pattern, or a rule that is asked for each place of the grid. */
export type PatternLike = BlockPattern | ((row: number, col: number) => boolean);

/**
 * Which blocks of a grid are present; the others are zero and take no memory. Stored by rows in
 * compressed form: the columns of row i are `cols[rowStarts[i] … rowStarts[i + 1]]`, ascending.
 */
export class BlockPattern {
  readonly rowCount: number;
  readonly colCount: number;
  readonly rowStarts: Int32Array;
  readonly cols: Int32Array;

  private constructor(colCount: number, columnsOfRows: readonly (readonly number[])[]) {
    this.rowCount = columnsOfRows.length;
    this.colCount = colCount;
    this.rowStarts = new Int32Array(this.rowCount + 1);
    columnsOfRows.forEach((columns, row) => {
      this.rowStarts[row + 1] = (this.rowStarts[row] as number) + columns.length;
    });
    this.cols = Int32Array.from(columnsOfRows.flat());
  }

  /** The pattern of those places for which `rule` holds. */
  static where(
    rowCount: number,
    colCount: number,
    rule: (row: number, col: number) => boolean,
  ): BlockPattern {
    checkCount(rowCount, "BlockPattern", "a count of block rows");
    checkCount(colCount, "BlockPattern", "a count of block columns");
    const columnsOfRows: number[][] = [];
    for (let row = 0; row < rowCount; row++) {
      const columns: number[] = [];
      for (let col = 0; col < colCount; col++) if (rule(row, col)) columns.push(col);
      columnsOfRows.push(columns);
    }
    return new BlockPattern(colCount, columnsOfRows);
  }

  /** The pattern of the given places. Throws `BOUNDS` outside of the grid and `PARTITION` for a place named twice. */
  static of(rowCount: number, colCount: number, positions: Iterable<BlockPosition>): BlockPattern {
    const columnsOfRows: number[][] = Array.from({ length: rowCount }, () => []);
    for (const { row, col } of positions) {
      if (!inGrid(row, rowCount) || !inGrid(col, colCount)) {
        throw new BlkError(
          "BOUNDS",
          `BlockPattern: block (${describeValue(row)}, ${describeValue(col)}) lies outside of the ${rowCount}×${colCount} grid`,
        );
      }
      (columnsOfRows[row] as number[]).push(col);
    }
    columnsOfRows.forEach((columns, row) => {
      columns.sort((x, y) => x - y);
      const twice = columns.find((col, i) => i > 0 && columns[i - 1] === col);
      if (twice !== undefined) {
        throw new BlkError("PARTITION", `BlockPattern: block (${row}, ${twice}) is named twice`);
      }
    });
    return new BlockPattern(colCount, columnsOfRows);
  }

  /** Every block. */
  static full(rowCount: number, colCount: number): BlockPattern {
    return BlockPattern.where(rowCount, colCount, () => true);
  }

  /** No block. */
  static none(rowCount: number, colCount: number): BlockPattern {
    return BlockPattern.of(rowCount, colCount, []);
  }

  /** The blocks (i, i). */
  static diagonal(rowCount: number, colCount: number = rowCount): BlockPattern {
    return BlockPattern.banded(rowCount, 0, 0, colCount);
  }

  /** The blocks on and below the diagonal. */
  static lowerTriangular(rowCount: number, colCount: number = rowCount): BlockPattern {
    return BlockPattern.where(rowCount, colCount, (row, col) => col <= row);
  }

  /** The blocks on and above the diagonal. */
  static upperTriangular(rowCount: number, colCount: number = rowCount): BlockPattern {
    return BlockPattern.where(rowCount, colCount, (row, col) => col >= row);
  }

  /** The diagonal with `below` and `above` neighbouring diagonals of blocks. */
  static banded(
    rowCount: number,
    below: number,
    above: number,
    colCount: number = rowCount,
  ): BlockPattern {
    return BlockPattern.where(
      rowCount,
      colCount,
      (row, col) => row - col <= below && col - row <= above,
    );
  }

  /** The pattern that `like` describes on a grid. Throws `PARTITION` if its grid is another. */
  static from(
    like: PatternLike,
    rowCount: number,
    colCount: number,
    operation: string,
  ): BlockPattern {
    if (!(like instanceof BlockPattern)) return BlockPattern.where(rowCount, colCount, like);
    if (like.rowCount !== rowCount || like.colCount !== colCount) {
      throw new BlkError(
        "PARTITION",
        `${operation}: the pattern is for ${like.rowCount}×${like.colCount} blocks, but the matrix is cut into ${rowCount}×${colCount}`,
      );
    }
    return like;
  }

  /** Number of present blocks. */
  get count(): number {
    return this.cols.length;
  }

  /** Present blocks over places; 1 for a grid without places. */
  get density(): number {
    const places = this.rowCount * this.colCount;
    return places === 0 ? 1 : this.count / places;
  }

  /** The number of a present block in the order of storage (by rows), or −1. */
  indexOf(row: number, col: number): number {
    let low = this.rowStarts[row] ?? 0;
    let high = this.rowStarts[row + 1] ?? 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.cols[middle] as number) < col) low = middle + 1;
      else high = middle;
    }
    return low < (this.rowStarts[row + 1] ?? 0) && this.cols[low] === col ? low : -1;
  }

  /** Whether the block at this place is present. */
  has(row: number, col: number): boolean {
    return this.indexOf(row, col) >= 0;
  }

  /** The columns of the present blocks of a row, ascending. */
  columnsOf(row: number): Int32Array {
    return this.cols.subarray(this.rowStarts[row], this.rowStarts[row + 1]);
  }

  /** The present places in the order of storage. */
  *positions(): IterableIterator<BlockPosition> {
    for (let row = 0; row < this.rowCount; row++) {
      for (const col of this.columnsOf(row)) yield { row, col };
    }
  }

  transpose(): BlockPattern {
    const columnsOfRows: number[][] = Array.from({ length: this.colCount }, () => []);
    for (const { row, col } of this.positions()) (columnsOfRows[col] as number[]).push(row);
    return new BlockPattern(this.rowCount, columnsOfRows);
  }

  /** The places that this·other can fill: (i, j) where some k has (i, k) here and (k, j) there. */
  product(other: BlockPattern): BlockPattern {
    const columnsOfRows: number[][] = [];
    for (let row = 0; row < this.rowCount; row++) {
      const columns = new Set<number>();
      for (const k of this.columnsOf(row)) for (const col of other.columnsOf(k)) columns.add(col);
      columnsOfRows.push([...columns].sort((x, y) => x - y));
    }
    return new BlockPattern(other.colCount, columnsOfRows);
  }

  equals(other: BlockPattern): boolean {
    return (
      this === other ||
      (this.rowCount === other.rowCount &&
        this.colCount === other.colCount &&
        this.count === other.count &&
        this.rowStarts.every((start, i) => start === other.rowStarts[i]) &&
        this.cols.every((col, i) => col === other.cols[i]))
    );
  }

  /** A picture: `■` present, `·` absent, a line a row of blocks. */
  toString(): string {
    const lines: string[] = [];
    for (let row = 0; row < this.rowCount; row++) {
      let line = "";
      for (let col = 0; col < this.colCount; col++) line += this.has(row, col) ? "■" : "·";
      lines.push(line);
    }
    return lines.join("\n");
  }
}

function inGrid(index: number, count: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < count;
}
