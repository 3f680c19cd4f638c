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

  private constructor(colCount: number, columnsOfRows: readonly ArrayLike<number>[]) {
    this.rowCount = columnsOfRows.length;
    this.colCount = colCount;
    this.rowStarts = new Int32Array(this.rowCount + 1);
    columnsOfRows.forEach((columns, row) => {
      this.rowStarts[row + 1] = (this.rowStarts[row] as number) + columns.length;
    });
    this.cols = new Int32Array(this.rowStarts[this.rowCount] as number);
    columnsOfRows.forEach((columns, row) => {
      this.cols.set(columns, this.rowStarts[row]);
    });
  }

  /** The pattern of those places for which `rule` holds; asks it for every place of the grid. */
  static where(
    rowCount: number,
    colCount: number,
    rule: (row: number, col: number) => boolean,
  ): BlockPattern {
    checkGrid(rowCount, colCount);
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
    checkGrid(rowCount, colCount);
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
    return BlockPattern.ranges(rowCount, colCount, () => [0, colCount]);
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
    return BlockPattern.ranges(rowCount, colCount, (row) => [0, row + 1]);
  }

  /** The blocks on and above the diagonal. */
  static upperTriangular(rowCount: number, colCount: number = rowCount): BlockPattern {
    return BlockPattern.ranges(rowCount, colCount, (row) => [row, colCount]);
  }

  /**
   * The diagonal with `below` and `above` neighbouring diagonals of blocks. Throws `ARGUMENT` unless
   * these are counts.
   */
  static banded(
    rowCount: number,
    below: number,
    above: number,
    colCount: number = rowCount,
  ): BlockPattern {
    checkCount(below, "BlockPattern.banded", "a count of diagonals below");
    checkCount(above, "BlockPattern.banded", "a count of diagonals above");
    return BlockPattern.ranges(rowCount, colCount, (row) => [row - below, row + above + 1]);
  }

  /** In each row the columns from `first` to `end` (exclusive), as far as the grid has them. */
  private static ranges(
    rowCount: number,
    colCount: number,
    range: (row: number) => readonly [first: number, end: number],
  ): BlockPattern {
    checkGrid(rowCount, colCount);
    const columnsOfRows = Array.from({ length: rowCount }, (_, row) => {
      const [first, end] = range(row);
      const start = Math.max(first, 0);
      const length = Math.max(Math.min(end, colCount) - start, 0);
      return Int32Array.from({ length }, (_, i) => start + i);
    });
    return new BlockPattern(colCount, columnsOfRows);
  }

  /**
   * The pattern that `like` describes on a grid. Throws `PARTITION` if its grid is another,
   * `ARGUMENT` if it is neither pattern nor function.
   */
  static from(
    like: PatternLike,
    rowCount: number,
    colCount: number,
    operation: string,
  ): BlockPattern {
    if (typeof like === "function") return BlockPattern.where(rowCount, colCount, like);
    if (!(like instanceof BlockPattern)) {
      throw new BlkError(
        "ARGUMENT",
        `${operation}: expected a BlockPattern or a function of row and column as pattern, got ${describeValue(like)}`,
      );
    }
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

  /**
   * The places that this·other can fill: (i, j) where some k has (i, k) here and (k, j) there.
   * Throws `PARTITION` unless this has as many columns of blocks as the other has rows.
   */
  product(other: BlockPattern): BlockPattern {
    if (this.colCount !== other.rowCount) {
      throw new BlkError(
        "PARTITION",
        `BlockPattern.product: ${this.rowCount}×${this.colCount} blocks times ${other.rowCount}×${other.colCount} do not fit`,
      );
    }
    const columnsOfRows: Int32Array[] = [];
    for (let row = 0; row < this.rowCount; row++) {
      const columns = new Set<number>();
      for (const k of this.columnsOf(row)) for (const col of other.columnsOf(k)) columns.add(col);
      columnsOfRows.push(Int32Array.from(columns).sort());
    }
    return new BlockPattern(other.colCount, columnsOfRows);
  }

  /** The places of this or of the other pattern, which must be of the same grid (`PARTITION`). */
  union(other: BlockPattern): BlockPattern {
    if (this === other) return this;
    if (this.rowCount !== other.rowCount || this.colCount !== other.colCount) {
      throw new BlkError(
        "PARTITION",
        `BlockPattern.union: ${this.rowCount}×${this.colCount} and ${other.rowCount}×${other.colCount} blocks differ`,
      );
    }
    const columnsOfRows = Array.from({ length: this.rowCount }, (_, row) =>
      Int32Array.from(new Set([...this.columnsOf(row), ...other.columnsOf(row)])).sort(),
    );
    return new BlockPattern(this.colCount, columnsOfRows);
  }

  /** The present places for which `rule` holds; asks it only for these. */
  filter(rule: (row: number, col: number) => boolean): BlockPattern {
    const columnsOfRows = Array.from({ length: this.rowCount }, (_, row) =>
      this.columnsOf(row).filter((col) => rule(row, col)),
    );
    return new BlockPattern(this.colCount, columnsOfRows);
  }

  /**
   * The pattern on a finer grid: where this one has a single row (or column) of blocks, all
   * `rowCount` (`colCount`) that it is cut into are like it.
   */
  spread(rowCount: number, colCount: number): BlockPattern {
    if (rowCount === this.rowCount && colCount === this.colCount) return this;
    const every = Int32Array.from({ length: colCount }, (_, col) => col);
    const columnsOf = (row: number): Int32Array => {
      const columns = this.columnsOf(this.rowCount === 1 ? 0 : row);
      return this.colCount === 1 && columns.length === 1 ? every : columns;
    };
    const isEmpty = this.rowCount === 0 || this.colCount === 0;
    return new BlockPattern(
      colCount,
      Array.from({ length: rowCount }, (_, row) => (isEmpty ? [] : columnsOf(row))),
    );
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

function checkGrid(rowCount: number, colCount: number): void {
  checkCount(rowCount, "BlockPattern", "a count of block rows");
  checkCount(colCount, "BlockPattern", "a count of block columns");
}

function inGrid(index: number, count: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < count;
}
