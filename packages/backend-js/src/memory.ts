import {
  BlkError,
  bytesPerElement,
  type DeviceBuffer,
  type DType,
  type HostArray,
  type MatrixView,
  type MemoryUsage,
} from "@blk/core";
import { Window } from "./window.js";

/** One piece of host memory and the typed arrays that look at all of it, made when first asked. */
class Slab {
  readonly bytes: ArrayBuffer;
  readonly byteLength: number;
  private f32: Float32Array | undefined;
  private f64: Float64Array | undefined;
  private i32: Int32Array | undefined;
  private f16: Uint16Array | undefined;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
    this.bytes = new ArrayBuffer(byteLength);
  }

  array(dtype: DType): HostArray {
    const length = Math.floor(this.byteLength / bytesPerElement(dtype));
    switch (dtype) {
      case "f32":
        this.f32 ??= new Float32Array(this.bytes, 0, length);
        return this.f32;
      case "f64":
        this.f64 ??= new Float64Array(this.bytes, 0, length);
        return this.f64;
      case "i32":
        this.i32 ??= new Int32Array(this.bytes, 0, length);
        return this.i32;
      case "f16":
        this.f16 ??= new Uint16Array(this.bytes, 0, length);
        return this.f16;
    }
  }
}

/** A buffer of the JavaScript backend. */
export class JsBuffer implements DeviceBuffer {
  readonly byteLength: number;
  readonly memory: Memory;
  /** Absent once disposed. */
  slab: Slab | undefined;

  constructor(memory: Memory, slab: Slab) {
    this.memory = memory;
    this.slab = slab;
    this.byteLength = slab.byteLength;
  }

  get disposed(): boolean {
    return this.slab === undefined;
  }

  dispose(): void {
    this.memory.release(this);
  }
}

/** Limits of a {@link Memory}, in bytes. */
export interface MemoryLimits {
  /** All live buffers together. */
  readonly total: number;
  /** Memory of disposed buffers that is kept for the next allocation of the same size. */
  readonly pool: number;
}

/** V8's typed arrays end here, and the kernels' 32-bit indices reach all elements. */
export const maxBufferBytes: number = 2 ** 32 - 8;

/**
 * The memory of one backend: live buffers, and a pool of exact sizes, so that a loop that
 * allocates and disposes the same sizes again and again asks the engine for nothing. The pool
 * forgets the sizes that were not used for the longest time. What comes out of it is not zeroed.
 */
export class Memory {
  private readonly limits: MemoryLimits;
  private readonly live = new Set<JsBuffer>();
  /** Free slabs by size, the most recently used size last. */
  private readonly pool = new Map<number, Slab[]>();
  private liveBytes = 0;
  private pooledBytes = 0;
  private closed = false;

  /** Throws `ARGUMENT` for a limit that is no number of bytes. */
  constructor(limits: MemoryLimits) {
    for (const [name, bytes] of [
      ["memoryLimit", limits.total],
      ["poolLimit", limits.pool],
    ] as const) {
      if (typeof bytes === "number" && bytes >= 0) continue;
      throw new BlkError(
        "ARGUMENT",
        `js: expected ${name} to be a number of bytes ≥ 0, got ${bytes}; leave it out for the default`,
        { details: { name, value: bytes } },
      );
    }
    this.limits = limits;
  }

  usage(): MemoryUsage {
    return { buffers: this.live.size, bytes: this.liveBytes };
  }

  /** Bytes that the pool holds. */
  get pooled(): number {
    return this.pooledBytes;
  }

  /** Throws `DISPOSED` once the backend is. */
  checkOpen(operation: string): void {
    if (!this.closed) return;
    throw new BlkError("DISPOSED", `${operation}: this backend was disposed; open a new one`);
  }

  /** New memory. Throws `OUT_OF_MEMORY` if the limits or the engine refuse it. */
  allocate(byteLength: number): JsBuffer {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new BlkError(
        "ARGUMENT",
        `allocate: expected a whole number of bytes ≥ 0, got ${byteLength}`,
      );
    }
    if (byteLength > maxBufferBytes || this.liveBytes + byteLength > this.limits.total) {
      throw this.outOfMemory(byteLength);
    }
    const buffer = new JsBuffer(this, this.reuse(byteLength) ?? this.create(byteLength));
    this.live.add(buffer);
    this.liveBytes += byteLength;
    return buffer;
  }

  /** Takes the memory of a buffer back; nothing happens the second time. */
  release(buffer: JsBuffer): void {
    const { slab } = buffer;
    if (slab === undefined) return;
    buffer.slab = undefined;
    this.live.delete(buffer);
    this.liveBytes -= slab.byteLength;
    if (slab.byteLength === 0 || slab.byteLength > this.limits.pool) return;
    const sameSize = this.pool.get(slab.byteLength) ?? [];
    sameSize.push(slab);
    this.pool.delete(slab.byteLength);
    this.pool.set(slab.byteLength, sameSize);
    this.pooledBytes += slab.byteLength;
    this.shrinkPool(this.limits.pool);
  }

  /** Frees everything; later calls throw `DISPOSED`. */
  close(): void {
    this.closed = true;
    for (const buffer of this.live) this.release(buffer);
    this.shrinkPool(0);
  }

  /** The live buffer behind `buffer`. Throws `DISPOSED` or `BACKEND_MISMATCH`. */
  own(buffer: DeviceBuffer, operation: string): JsBuffer {
    if (!(buffer instanceof JsBuffer) || buffer.memory !== this) {
      throw new BlkError(
        "BACKEND_MISMATCH",
        `${operation}: the buffer belongs to another backend; copy its contents to this one first`,
      );
    }
    if (buffer.slab === undefined) {
      throw new BlkError(
        "DISPOSED",
        `${operation}: the buffer was disposed; dispose it after its last use`,
      );
    }
    return buffer;
  }

  /** The elements of a live buffer, in place. */
  array(buffer: DeviceBuffer, dtype: DType, operation: string): HostArray {
    return this.own(buffer, operation).slab!.array(dtype);
  }

  /** A view as an array and numbers. Throws `DISPOSED`, `BACKEND_MISMATCH` or `BOUNDS`. */
  window(view: MatrixView, operation: string): Window {
    const array = this.array(view.buffer, view.dtype, operation);
    const window = new Window(array, view);
    if (!window.fits()) {
      throw new BlkError(
        "BOUNDS",
        `${operation}: a view of ${view.rows}×${view.cols} ${view.dtype} at offset ${view.offset} with strides ${view.rowStride} and ${view.colStride} does not lie inside of its buffer of ${array.length} elements; make views with denseView and windowView`,
      );
    }
    return window;
  }

  private reuse(byteLength: number): Slab | undefined {
    const sameSize = this.pool.get(byteLength);
    const slab = sameSize?.pop();
    if (slab === undefined) return undefined;
    if (sameSize!.length === 0) this.pool.delete(byteLength);
    this.pooledBytes -= byteLength;
    return slab;
  }

  private create(byteLength: number): Slab {
    try {
      return new Slab(byteLength);
    } catch {
      // The pool may hold what is missing.
      this.shrinkPool(0);
    }
    try {
      return new Slab(byteLength);
    } catch (cause) {
      throw this.outOfMemory(byteLength, cause);
    }
  }

  private shrinkPool(limit: number): void {
    for (const [byteLength, slabs] of this.pool) {
      while (this.pooledBytes > limit && slabs.pop() !== undefined) this.pooledBytes -= byteLength;
      if (slabs.length > 0) return;
      this.pool.delete(byteLength);
    }
  }

  private outOfMemory(requested: number, cause?: unknown): BlkError {
    const live = this.liveBytes;
    const { total } = this.limits;
    const limit =
      requested > maxBufferBytes
        ? `; one buffer holds at most ${maxBufferBytes}`
        : Number.isFinite(total)
          ? `; the limit is ${total}`
          : "";
    return new BlkError(
      "OUT_OF_MEMORY",
      `allocate: no room for ${requested} bytes beside ${live} in ${this.live.size} live buffers${limit}; dispose what is no longer needed`,
      { details: { requested, live, limit: total }, ...(cause === undefined ? {} : { cause }) },
    );
  }
}
