import type { DType, HostArray, MatrixView } from "@blk/core";

/** A view whose memory is at hand: element (i, j) is `array[offset + i·rowStride + j·colStride]`. */
export class Window {
  readonly array: HostArray;
  readonly dtype: DType;
  rows: number;
  cols: number;
  readonly offset: number;
  rowStride: number;
  colStride: number;

  constructor(array: HostArray, view: MatrixView) {
    this.array = array;
    this.dtype = view.dtype;
    this.rows = view.rows;
    this.cols = view.cols;
    this.offset = view.offset;
    this.rowStride = view.rowStride;
    this.colStride = view.colStride;
  }

  /** Whether all elements lie inside of the array. */
  fits(): boolean {
    if (this.rows === 0 || this.cols === 0) return true;
    const down = (this.rows - 1) * this.rowStride;
    const across = (this.cols - 1) * this.colStride;
    const first = this.offset + Math.min(0, down) + Math.min(0, across);
    const last = this.offset + Math.max(0, down) + Math.max(0, across);
    return first >= 0 && last < this.array.length;
  }

  /** Turns this window into its transpose. */
  transpose(): void {
    const { rows, rowStride } = this;
    this.rows = this.cols;
    this.rowStride = this.colStride;
    this.cols = rows;
    this.colStride = rowStride;
  }

  /** Whether the next row begins where the last one ends, so that all rows are one. */
  isFlat(): boolean {
    return this.rowStride === this.cols * this.colStride;
  }

  /** Turns a flat window into a single row. */
  flatten(): void {
    this.cols *= this.rows;
    this.rows = 1;
  }
}
