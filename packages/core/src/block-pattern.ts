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
  private mirrored: BlockPattern | undefined;

  private constructor(colCount: number, rowStarts: Int32Array, cols: Int32Array) {
    this.rowCount = rowStarts.length - 1;
    this.colCount = colCount;
    this.rowStarts = rowStarts;
    this.cols = cols;
  }

  private static ofRows(
    colCount: number,
    columnsOfRows: readonly ArrayLike<number>[],
  ): BlockPattern {
    const rowStarts = new Int32Array(columnsOfRows.length + 1);
    columnsOfRows.forEach((columns, row) => {
      rowStarts[row + 1] = (rowStarts[row] as number) + columns.length;
    });
    const cols = new Int32Array(rowStarts[columnsOfRows.length] as number);
    columnsOfRows.forEach((columns, row) => {
      cols.set(columns, rowStarts[row]);
    });
    return new BlockPattern(colCount, rowStarts, cols);
  }

  /** The pattern of those places for which `rule` holds; asks it for every place of the grid. */
  static where(
    rowCount: number,
    colCount: number,
    rule: (row: number, col: number) => boolean,
  ): BlockPattern {
    checkGrid(rowCount, colCount);
    if (typeof rule !== "function") {
      throw new BlkError(
        "ARGUMENT",
        `BlockPattern.where: expected a function (row, col) => boolean, got ${describeValue(rule)}; for every block write BlockPattern.full`,
      );
    }
    const columnsOfRows: number[][] = [];
    for (let row = 0; row < rowCount; row++) {
      const columns: number[] = [];
      for (let col = 0; col < colCount; col++) if (rule(row, col)) columns.push(col);
      columnsOfRows.push(columns);
    }
    return BlockPattern.ofRows(colCount, columnsOfRows);
  }

  /** The pattern of the given places. Throws `BOUNDS` outside of the grid and `PARTITION` for a place named twice. */
  static of(rowCount: number, colCount: number, positions: Iterable<BlockPosition>): BlockPattern {
    checkGrid(rowCount, colCount);
    if (typeof positions?.[Symbol.iterator] !== "function") {
      throw new BlkError(
        "ARGUMENT",
        `BlockPattern.of: expected a list of { row, col }, got ${describeValue(positions)}; for a rule write BlockPattern.where`,
      );
    }
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
    return BlockPattern.ofRows(colCount, columnsOfRows);
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
    return BlockPattern.ofRows(colCount, columnsOfRows);
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
        `${operation}: the pattern is for ${like.rowCount}×${like.colCount} blocks, but the matrix is cut into ${rowCount}×${colCount}; cut it alike with blockRows and blockCols or with repartition(), or make a pattern of ${rowCount}×${colCount}`,
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

  /** Visits the present places in the order of storage, with their numbers in it. */
  forEach(visit: (row: number, col: number, index: number) => void): void {
    const { rowStarts, cols } = this;
    for (let row = 0; row < this.rowCount; row++) {
      const end = rowStarts[row + 1] as number;
      for (let index = rowStarts[row] as number; index < end; index++) {
        visit(row, cols[index] as number, index);
      }
    }
  }

  transpose(): BlockPattern {
    if (this.mirrored !== undefined) return this.mirrored;
    const starts = new Int32Array(this.colCount + 1);
    for (const col of this.cols) starts[col + 1] = (starts[col + 1] as number) + 1;
    for (let col = 0; col < this.colCount; col++) {
      starts[col + 1] = (starts[col + 1] as number) + (starts[col] as number);
    }
    const rows = new Int32Array(this.count);
    const next = starts.slice();
    this.forEach((row, col) => {
      const place = next[col] as number;
      rows[place] = row;
      next[col] = place + 1;
    });
    this.mirrored = new BlockPattern(this.rowCount, starts, rows);
    this.mirrored.mirrored = this;
    return this.mirrored;
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
    const columnsOfRows: number[][] = Array.from({ length: this.rowCount }, () => []);
    const reachedFrom = new Int32Array(other.colCount).fill(-1);
    this.forEach((row, k) => {
      const end = other.rowStarts[k + 1] as number;
      for (let index = other.rowStarts[k] as number; index < end; index++) {
        const col = other.cols[index] as number;
        if (reachedFrom[col] === row) continue;
        reachedFrom[col] = row;
        (columnsOfRows[row] as number[]).push(col);
      }
    });
    for (const columns of columnsOfRows) columns.sort((x, y) => x - y);
    return BlockPattern.ofRows(other.colCount, columnsOfRows);
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
      merged(this.columnsOf(row), other.columnsOf(row)),
    );
    return BlockPattern.ofRows(this.colCount, columnsOfRows);
  }

  /** The present places for which `rule` holds; asks it only for these. */
  filter(rule: (row: number, col: number) => boolean): BlockPattern {
    const columnsOfRows: number[][] = Array.from({ length: this.rowCount }, () => []);
    this.forEach((row, col) => {
      if (rule(row, col)) (columnsOfRows[row] as number[]).push(col);
    });
    return BlockPattern.ofRows(this.colCount, columnsOfRows);
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
    return BlockPattern.ofRows(
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

/** The numbers of either of two ascending lists, ascending. */
function merged(x: Int32Array, y: Int32Array): readonly number[] {
  const both: number[] = [];
  let j = 0;
  for (const number of x) {
    while (j < y.length && (y[j] as number) < number) both.push(y[j++] as number);
    if (y[j] === number) j++;
    both.push(number);
  }
  while (j < y.length) both.push(y[j++] as number);
  return both;
}

function inGrid(index: number, count: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < count;
}
