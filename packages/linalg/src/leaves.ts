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

type Views = readonly MatrixView[];

/** The elements of each window, row by row. */
type Elements<V extends Views> = { readonly [I in keyof V]: Float64Array };

/** The floating-point windows of a leaf. */
export interface LeafViews<R extends Views, U extends Views, W extends Views> {
  /** Only read. */
  readonly reads?: R;
  /** Read and stored. */
  readonly updates?: U;
  /** Only stored: what they hold before is not told. */
  readonly writes?: W;
}

/** The elements of the windows of {@link LeafViews}. */
export interface LeafElements<R extends Views, U extends Views, W extends Views> {
  readonly reads: Elements<R>;
  readonly updates: Elements<U>;
  readonly writes: Elements<W>;
}

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

  /** Calls `leaf` with the elements of the views and stores those that it changes. */
  async run<
    T,
    const R extends Views = readonly [],
    const U extends Views = readonly [],
    const W extends Views = readonly [],
  >(views: LeafViews<R, U, W>, leaf: (elements: LeafElements<R, U, W>) => T): Promise<T> {
    const { reads = [], updates = [], writes = [] } = views;
    const inputs = [...reads, ...updates];
    const outputs = [...updates, ...writes];
    const arrays = [...inputs, ...writes].map((view, i) => this.lend(i, view));
    if (this.backend.hostMemory === undefined) await this.receive(inputs, arrays);
    else for (const [i, view] of inputs.entries()) this.load(view, arrays[i] as Float64Array);
    const elements: unknown = {
      reads: arrays.slice(0, reads.length),
      updates: arrays.slice(reads.length, inputs.length),
      writes: arrays.slice(inputs.length),
    };
    const result = leaf(elements as LeafElements<R, U, W>);
    for (const [i, view] of outputs.entries()) {
      this.store(arrays[reads.length + i] as Float64Array, view);
    }
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
