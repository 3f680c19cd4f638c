import {
  BlkError,
  bytesPerElement,
  type DeviceBuffer,
  type MatrixView,
  type MemoryUsage,
} from "@blk/core";
import { bufferUsage } from "./constants.js";
import type { Faults } from "./faults.js";

/** A buffer of the WebGPU backend. */
export class GpuBuffer implements DeviceBuffer {
  readonly owner: Buffers;
  readonly memory: GPUBuffer;
  readonly byteLength: number;
  /** Distinguishes memories in keys: the same for the same `GPUBuffer`. */
  readonly id: number;
  disposed = false;

  constructor(owner: Buffers, memory: GPUBuffer, id: number, byteLength: number) {
    this.owner = owner;
    this.memory = memory;
    this.id = id;
    this.byteLength = byteLength;
  }

  dispose(): void {
    this.owner.release(this);
  }
}

/** Bytes of memory that wait to be used again, at most: beyond, they are given back. */
const mostPooledBytes = 2 ** 28;

interface Pooled {
  readonly memory: GPUBuffer;
  readonly id: number;
}

/**
 * The live buffers of one backend. Memory is kept by its exact size and used again, as networks ask
 * for the same sizes in every step. The device runs everything in order, so memory may be handed
 * out while work on its last contents still waits.
 */
export class Buffers {
  private readonly device: GPUDevice;
  private readonly faults: Faults;
  private readonly retire: (memory: GPUBuffer) => void;
  private readonly live = new Set<GpuBuffer>();
  private readonly pool = new Map<number, Pooled[]>();
  private pooledBytes = 0;
  private liveBytes = 0;
  private nextId = 0;
  private closed = false;

  /** `retire` destroys memory as soon as no recorded work needs it. */
  constructor(device: GPUDevice, faults: Faults, retire: (memory: GPUBuffer) => void) {
    this.device = device;
    this.faults = faults;
    this.retire = retire;
  }

  usage(): MemoryUsage {
    return { buffers: this.live.size, bytes: this.liveBytes };
  }

  /** Throws `DISPOSED` once the backend is. */
  checkOpen(operation: string): void {
    if (!this.closed) return;
    throw new BlkError("DISPOSED", `${operation}: this backend was disposed; open a new one`);
  }

  /** New memory. Throws `OUT_OF_MEMORY` with the figures beyond the device's limits. */
  allocate(byteLength: number): GpuBuffer {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new BlkError(
        "ARGUMENT",
        `allocate: expected a whole number of bytes ≥ 0, got ${byteLength}`,
      );
    }
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const size = memoryBytes(byteLength);
    if (size > limit) {
      throw new BlkError(
        "OUT_OF_MEMORY",
        `allocate: ${byteLength} bytes are more than the ${limit} that one buffer of this device can have; cut the matrix into several`,
        { details: { requested: byteLength, live: this.liveBytes, limit } },
      );
    }
    const { memory, id } = this.take(size);
    const buffer = new GpuBuffer(this, memory, id, byteLength);
    this.live.add(buffer);
    this.liveBytes += byteLength;
    return buffer;
  }

  /** Takes the memory of a buffer back; nothing happens the second time. */
  release(buffer: GpuBuffer): void {
    if (buffer.disposed) return;
    buffer.disposed = true;
    this.live.delete(buffer);
    this.liveBytes -= buffer.byteLength;
    const { size } = buffer.memory;
    if (this.closed || this.pooledBytes + size > mostPooledBytes) {
      this.retire(buffer.memory);
      return;
    }
    const waiting = this.pool.get(size);
    if (waiting === undefined) this.pool.set(size, [buffer]);
    else waiting.push(buffer);
    this.pooledBytes += size;
  }

  /** Gives back what waits to be used again. */
  trim(): void {
    for (const waiting of this.pool.values()) for (const { memory } of waiting) this.retire(memory);
    this.pool.clear();
    this.pooledBytes = 0;
  }

  /** Frees everything; later calls throw `DISPOSED`. */
  close(): void {
    this.closed = true;
    for (const buffer of this.live) this.release(buffer);
    this.trim();
  }

  /** The live buffer behind `buffer`. Throws `DISPOSED` or `BACKEND_MISMATCH`. */
  own(buffer: DeviceBuffer, operation: string): GpuBuffer {
    if (!(buffer instanceof GpuBuffer) || buffer.owner !== this) {
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

  /** The buffer of a view that lies inside of it. Throws `DISPOSED`, `BACKEND_MISMATCH` or `BOUNDS`. */
  ofView(view: MatrixView, operation: string): GpuBuffer {
    const { dtype, rows, cols, offset, rowStride, colStride } = view;
    const buffer = this.own(view.buffer, operation);
    if (rows === 0 || cols === 0) return buffer;
    const down = (rows - 1) * rowStride;
    const across = (cols - 1) * colStride;
    const first = offset + Math.min(0, down) + Math.min(0, across);
    const last = offset + Math.max(0, down) + Math.max(0, across);
    if (first >= 0 && (last + 1) * bytesPerElement(dtype) <= buffer.byteLength) return buffer;
    throw new BlkError(
      "BOUNDS",
      `${operation}: a view of ${rows}×${cols} ${dtype} at offset ${offset} with strides ${rowStride} and ${colStride} does not lie inside of its buffer of ${buffer.byteLength} bytes; make views with denseView and windowView`,
    );
  }

  private take(size: number): Pooled {
    const pooled = this.pool.get(size)?.pop();
    if (pooled !== undefined) {
      this.pooledBytes -= size;
      return pooled;
    }
    const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;
    const make = (): GPUBuffer => this.device.createBuffer({ size, usage });
    return { memory: this.faults.guard("allocate", make), id: this.nextId++ };
  }
}

/** Bytes of the memory of a buffer: whole vectors of four words, so that no load reaches beyond. */
function memoryBytes(byteLength: number): number {
  return Math.max(16, Math.ceil(byteLength / 16) * 16);
}
