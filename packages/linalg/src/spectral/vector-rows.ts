import type { Product } from "@blk/core";
import type { Grouping } from "./deflation.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";

/** The square of components that a merge works on, and where its columns fall into halves. */
export interface MergeBlock {
  readonly start: number;
  readonly upperCols: number;
  readonly lowerCols: number;
}

/**
 * The vectors of a divide and conquer, one per row: adjacent components make rotations, gathering and
 * the left factors of the products run along memory.
 */
export class VectorRows {
  private readonly work: HostWorkspace;
  private readonly rows: HostMatrix;
  private readonly spare: HostMatrix;

  constructor(work: HostWorkspace, rows: number, cols: number) {
    this.work = work;
    this.rows = work.matrix(rows, cols);
    this.spare = work.unwritten(rows, cols);
  }

  get(row: number, col: number): number {
    return this.rows.data[row * this.rows.cols + col]!;
  }

  set(row: number, col: number, value: number): void {
    this.rows.data[row * this.rows.cols + col] = value;
  }

  /** Rows `start` to `end` of a column, times `factor`. */
  column(col: number, start: number, end: number, factor: number, out: Float64Array): void {
    const { data, cols } = this.rows;
    for (let row = start; row < end; row++) out[row] = factor * data[row * cols + col]!;
  }

  rotate(
    x: number,
    y: number,
    { start, upperCols, lowerCols }: MergeBlock,
    c: number,
    s: number,
  ): void {
    const { data, cols } = this.rows;
    const width = upperCols + lowerCols;
    let p = x * cols + start;
    let q = y * cols + start;
    for (const end = p + width; p < end; p++, q++) {
      const value = data[p]!;
      data[p] = c * value + s * data[q]!;
      data[q] = c * data[q]! - s * value;
    }
  }

  /**
   * The merged vectors: `coefficients` (k×k, columns in the grouping's order) times the kept vectors
   * come first, the deflated ones after them. Returns the products to be run before
   * {@link placeDeflated}.
   */
  mergeProducts(
    block: MergeBlock,
    kept: readonly number[],
    { places, upper, both }: Grouping,
    coefficients: HostMatrix,
  ): Product[] {
    const { start, upperCols, lowerCols } = block;
    const count = kept.length;
    const lower = count - upper - both;
    kept.forEach((row, i) => {
      this.toSpare(row, places[i]!, block);
    });
    const part = (from: number, terms: number, at: number, cols: number): Product => ({
      c: this.rows.window(start, start + at, count, cols),
      terms: [
        {
          a: coefficients.window(0, from, count, terms),
          b: this.spare.window(from, at, terms, cols),
        },
      ],
    });
    return [part(0, upper + both, 0, upperCols), part(upper, both + lower, upperCols, lowerCols)];
  }

  /** Sets the deflated vectors aside, before the products write over them. */
  saveDeflated(block: MergeBlock, deflated: readonly number[], kept: number): void {
    deflated.forEach((row, i) => {
      this.toSpare(row, kept + i, block);
    });
  }

  /** Puts them behind the kept ones. */
  placeDeflated({ start, upperCols, lowerCols }: MergeBlock, count: number, kept: number): void {
    const { data, cols } = this.rows;
    const spare = this.spare.data;
    const width = upperCols + lowerCols;
    for (let i = kept; i < kept + count; i++) {
      data.set(spare.subarray(i * cols, i * cols + width), (start + i) * cols + start);
    }
  }

  private toSpare(row: number, place: number, { start, upperCols, lowerCols }: MergeBlock): void {
    const { data, cols } = this.rows;
    const from = row * cols + start;
    this.spare.data.set(data.subarray(from, from + upperCols + lowerCols), place * cols);
  }

  /**
   * The rows in the order of `order`; rows beyond it, as the identity has them. Frees the rest.
   */
  finish(order: Int32Array): HostMatrix {
    const { data, cols, rows } = this.rows;
    const sorted = this.spare.data;
    order.forEach((row, i) => {
      sorted.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
    });
    for (let i = order.length; i < rows; i++) {
      sorted.fill(0, i * cols, (i + 1) * cols);
      sorted[i * cols + i] = 1;
    }
    this.work.free(this.rows);
    return this.spare;
  }
}
