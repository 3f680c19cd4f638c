import {
  type Backend,
  bytesPerElement,
  type DeviceBuffer,
  type DType,
  denseView,
  type MatrixView,
} from "@blk/core";

/**
 * Temporary memory of one algorithm: windows that live until it ends.
 *
 * ```ts
 * const scratch = new Scratch(backend);
 * try { const t = scratch.view("f64", 8, 8); … } finally { scratch.dispose(); }
 * ```
 */
export class Scratch {
  private readonly backend: Backend;
  private readonly buffers: DeviceBuffer[] = [];

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** A rows×cols window on memory of its own; its contents are unspecified. */
  view(dtype: DType, rows: number, cols: number): MatrixView {
    const buffer = this.backend.allocate(rows * cols * bytesPerElement(dtype));
    this.buffers.push(buffer);
    return denseView(buffer, dtype, rows, cols);
  }

  dispose(): void {
    for (const buffer of this.buffers.splice(0)) buffer.dispose();
  }
}
