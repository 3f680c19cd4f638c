import {
  type Backend,
  bytesPerElement,
  denseView,
  expr,
  type HostArray,
  type MatrixView,
  newHostArray,
} from "@blk/core";
import { far, type LeafSizes, near } from "./params.js";

/**
 * Runs the parts of an algorithm that look at single elements. A leaf sees its windows as compact
 * arrays of doubles, row by row (pass a transposed view for column by column), whatever the element
 * type and wherever the memory is: unit strides keep the loops fast, double precision keeps them
 * accurate, and there is one kind of array for the engine to compile for.
 *
 * Where memory is the host's, a leaf runs before the call returns its promise; elsewhere its windows
 * are read and written back. The arrays are lent: they are reused by the next leaf.
 */
export class Leaves {
  readonly backend: Backend;
  readonly sizes: LeafSizes;
  private readonly pool: Float64Array[] = [];

  constructor(backend: Backend) {
    this.backend = backend;
    this.sizes = backend.hostMemory === undefined ? far : near;
  }

  /**
   * Calls `leaf` with the elements of `reads` and of `writes` and stores those of `writes`, which a
   * leaf may also read. All views are floating point.
   */
  async run<T>(
    reads: readonly MatrixView[],
    writes: readonly MatrixView[],
    leaf: (reads: readonly Float64Array[], writes: readonly Float64Array[]) => T,
  ): Promise<T> {
    const ins = reads.map((view, i) => this.lend(i, view));
    const outs = writes.map((view, i) => this.lend(reads.length + i, view));
    const views = [...reads, ...writes];
    const arrays = [...ins, ...outs];
    if (this.backend.hostMemory === undefined) await this.receive(views, arrays);
    else for (const [i, view] of views.entries()) this.load(view, arrays[i] as Float64Array);
    const result = leaf(ins, outs);
    for (const [i, view] of writes.entries()) this.store(outs[i] as Float64Array, view);
    return result;
  }

  private lend(index: number, { rows, cols }: MatrixView): Float64Array {
    const length = rows * cols;
    let array = this.pool[index];
    if (array === undefined || array.length < length) {
      array = new Float64Array(length);
      this.pool[index] = array;
    }
    return array.subarray(0, length);
  }

  private load(view: MatrixView, values: Float64Array): void {
    const { rows, cols, offset, rowStride, colStride } = view;
    const memory = this.memory(view);
    if (rowStride === 1) {
      for (let j = 0; j < cols; j++) {
        for (let i = 0, p = offset + j * colStride, q = j; i < rows; i++, q += cols) {
          values[q] = memory[p + i] as number;
        }
      }
      return;
    }
    for (let i = 0, q = 0; i < rows; i++) {
      for (let j = 0, p = offset + i * rowStride; j < cols; j++, p += colStride) {
        values[q++] = memory[p] as number;
      }
    }
  }

  private store(values: Float64Array, view: MatrixView): void {
    if (this.backend.hostMemory === undefined) {
      this.send(values, view);
      return;
    }
    const { rows, cols, offset, rowStride, colStride } = view;
    const memory = this.memory(view);
    if (rowStride === 1) {
      for (let j = 0; j < cols; j++) {
        for (let i = 0, p = offset + j * colStride, q = j; i < rows; i++, q += cols) {
          memory[p + i] = values[q] as number;
        }
      }
      return;
    }
    for (let i = 0, q = 0; i < rows; i++) {
      for (let j = 0, p = offset + i * rowStride; j < cols; j++, p += colStride) {
        memory[p] = values[q++] as number;
      }
    }
  }

  private memory(view: MatrixView): HostArray {
    // Fetched anew each time: memory that has grown meanwhile is another array.
    return (this.backend.hostMemory as NonNullable<Backend["hostMemory"]>)(view.buffer, view.dtype);
  }

  private async receive(
    views: readonly MatrixView[],
    arrays: readonly Float64Array[],
  ): Promise<void> {
    const read = await Promise.all(views.map((view) => this.backend.read(view)));
    for (const [i, elements] of read.entries()) (arrays[i] as Float64Array).set(elements);
  }

  /** A view may have gaps, so the elements travel by way of a buffer without any. */
  private send(values: Float64Array, view: MatrixView): void {
    const { backend } = this;
    const { dtype, rows, cols } = view;
    if (rows === 0 || cols === 0) return;
    const elements = newHostArray(dtype, values.length);
    elements.set(values);
    const staging = backend.allocate(values.length * bytesPerElement(dtype));
    try {
      backend.write(staging, elements);
      const inputs = [denseView(staging, dtype, rows, cols)];
      backend.map([{ inputs, out: view }], expr.input(0));
    } finally {
      staging.dispose();
    }
  }
}
