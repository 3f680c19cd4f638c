import {
  type Backend,
  type DeviceBuffer,
  denseView,
  type MatrixView,
  type Product,
  type ProductOptions,
  windowView,
} from "@blk/core";
import { fewMultiplyAdds } from "../params.js";
import { plainProduct } from "./plain-product.js";

/**
 * A row-major matrix of doubles that plain loops and products both reach. `data` is asked for anew
 * after every product or allocation: a growing memory replaces its arrays.
 */
export class HostMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly view: MatrixView;
  private readonly elementsOf: (buffer: DeviceBuffer) => Float64Array;

  constructor(view: MatrixView, elementsOf: (buffer: DeviceBuffer) => Float64Array) {
    this.rows = view.rows;
    this.cols = view.cols;
    this.view = view;
    this.elementsOf = elementsOf;
  }

  get data(): Float64Array {
    return this.elementsOf(this.view.buffer);
  }

  window(row: number, col: number, rows: number, cols: number): MatrixView {
    return windowView(this.view, row, col, rows, cols);
  }

  dispose(): void {
    this.view.buffer.dispose();
  }
}

/**
 * Scratch memory in which an algorithm alternates between loops of its own and the products of a
 * backend. Where a backend's memory is not the host's, or it has no doubles, it is plain memory and
 * the products are plain loops.
 */
export class HostWorkspace {
  private readonly backend: Backend | undefined;
  private readonly live = new Set<HostMatrix>();

  constructor(backend: Backend) {
    const isHost = backend.hostMemory !== undefined && backend.capabilities.dtypes.includes("f64");
    this.backend = isHost ? backend : undefined;
  }

  /** A matrix of zeros. */
  matrix(rows: number, cols: number): HostMatrix {
    const matrix = this.unwritten(rows, cols);
    matrix.data.fill(0);
    return matrix;
  }

  /** A matrix that is to be written before it is read: its contents are unspecified. */
  unwritten(rows: number, cols: number): HostMatrix {
    const bytes = rows * cols * 8;
    const buffer = this.backend?.allocate(bytes) ?? new PlainBuffer(bytes);
    const matrix = new HostMatrix(denseView(buffer, "f64", rows, cols), this.elementsOf);
    this.live.add(matrix);
    return matrix;
  }

  private readonly elementsOf = (buffer: DeviceBuffer): Float64Array =>
    buffer instanceof PlainBuffer
      ? buffer.elements
      : (this.backend?.hostMemory?.(buffer, "f64") as Float64Array);

  /** As `Backend.multiply`, of terms without row indices and without an epilogue. */
  multiply(products: readonly Product[], options: Omit<ProductOptions, "epilogue"> = {}): void {
    let size = 0;
    for (const { c, terms } of products) {
      for (const { a } of terms) size += c.rows * c.cols * a.cols;
    }
    if (this.backend === undefined || size <= fewMultiplyAdds) {
      for (const product of products) plainProduct(product, options, this.elementsOf);
    } else {
      this.backend.multiply(products, options);
    }
  }

  /** Frees a matrix before the others. */
  free(matrix: HostMatrix): void {
    if (this.live.delete(matrix)) matrix.dispose();
  }

  dispose(): void {
    for (const matrix of this.live) matrix.dispose();
    this.live.clear();
  }
}

/** Memory of the host's own, where a backend's cannot be reached. */
class PlainBuffer implements DeviceBuffer {
  readonly byteLength: number;
  readonly elements: Float64Array;
  disposed = false;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
    this.elements = new Float64Array(byteLength / 8);
  }

  dispose(): void {
    this.disposed = true;
  }
}
