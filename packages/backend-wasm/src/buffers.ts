import {
  BlkError,
  bytesPerElement,
  type DeviceBuffer,
  type MatrixView,
  type MemoryUsage,
  viewExtent,
} from "@blk/core";
import type { LinearMemory } from "./linear-memory.js";
import type { Window } from "./window.js";

/** A buffer of the WebAssembly backend: a stretch of its linear memory. */
export class WasmBuffer implements DeviceBuffer {
  readonly owner: Buffers;
  readonly address: number;
  readonly byteLength: number;
  disposed = false;

  constructor(owner: Buffers, address: number, byteLength: number) {
    this.owner = owner;
    this.address = address;
    this.byteLength = byteLength;
  }

  dispose(): void {
    this.owner.release(this);
  }
}

/** The live buffers of one backend, and their views as kernels see them. */
export class Buffers {
  private readonly memory: LinearMemory;
  private readonly live = new Set<WasmBuffer>();
  private liveBytes = 0;
  private closed = false;

  constructor(memory: LinearMemory) {
    this.memory = memory;
  }

  usage(): MemoryUsage {
    return { buffers: this.live.size, bytes: this.liveBytes };
  }

  /** Throws `DISPOSED` once the backend is. */
  checkOpen(operation: string): void {
    if (!this.closed) return;
    throw new BlkError("DISPOSED", `${operation}: this backend was disposed; open a new one`);
  }

  /** New memory. Throws `OUT_OF_MEMORY` with the figures if there is no room; nothing is lost then. */
  allocate(byteLength: number): WasmBuffer {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new BlkError(
        "ARGUMENT",
        `allocate: expected a whole number of bytes ≥ 0, got ${byteLength}`,
      );
    }
    const address = this.memory.allocate(byteLength);
    if (address === undefined) {
      const live = this.liveBytes;
      const beside = `beside ${live} in ${this.live.size} live buffers`;
      throw this.memory.noRoom(byteLength, beside, { live });
    }
    const buffer = new WasmBuffer(this, address, byteLength);
    this.live.add(buffer);
    this.liveBytes += byteLength;
    return buffer;
  }

  /** Takes the memory of a buffer back; nothing happens the second time. */
  release(buffer: WasmBuffer): void {
    if (buffer.disposed) return;
    buffer.disposed = true;
    this.live.delete(buffer);
    this.liveBytes -= buffer.byteLength;
    this.memory.free(buffer.address, buffer.byteLength);
  }

  /** Frees everything; later calls throw `DISPOSED`. */
  close(): void {
    this.closed = true;
    for (const buffer of this.live) this.release(buffer);
  }

  /** The live buffer behind `buffer`. Throws `DISPOSED` or `BACKEND_MISMATCH`. */
  own(buffer: DeviceBuffer, operation: string): WasmBuffer {
    if (!(buffer instanceof WasmBuffer) || buffer.owner !== this) {
      throw new BlkError(
        "BACKEND_MISMATCH",
        `${operation}: the buffer belongs to another backend; copy its contents to this one first`,
      );
    }
    if (buffer.disposed) {
      throw new BlkError(
        "DISPOSED",
        `${operation}: the buffer was disposed; dispose it after its last use`,
      );
    }
    return buffer;
  }

  /** A view as kernels see it. Throws `DISPOSED`, `BACKEND_MISMATCH` or `BOUNDS`. */
  window(view: MatrixView, operation: string): Window {
    const { dtype, rows, cols, offset, rowStride, colStride } = view;
    const { address, byteLength } = this.own(view.buffer, operation);
    const size = bytesPerElement(dtype);
    const [first, end] = viewExtent(view);
    if (first !== end && !(first >= 0 && end * size <= byteLength)) throw outside(operation, view);
    return {
      dtype,
      rows,
      cols,
      address: address + offset * size,
      rowStride: rowStride * size,
      colStride: colStride * size,
    };
  }
}

function outside(operation: string, view: MatrixView): BlkError {
  const { rows, cols, dtype, offset, rowStride, colStride, buffer } = view;
  return new BlkError(
    "BOUNDS",
    `${operation}: a view of ${rows}×${cols} ${dtype} at offset ${offset} with strides ${rowStride} and ${colStride} does not lie inside of its buffer of ${buffer.byteLength} bytes; make views with denseView and windowView`,
  );
}
