import { BlkError, type DType } from "@blk/core";
import type { MemoryLimits } from "./assembler/index.js";
import { Heap } from "./heap.js";

/** Bytes of a page, in which linear memory grows. */
const pageBytes = 65536;
/** Most pages that 32-bit addresses reach. */
const mostPages = 65536;
/** Addresses below are never handed out: 0 means nothing, and the first line belongs to the threads. */
const firstAddress = 1024;
/** Bytes of each page by which the beginning is longer that is the backend's own: of 4 GiB, 64 MiB. */
const ownBytes = 1024;

/**
 * The linear memory of one backend: addresses from a {@link Heap}, and typed arrays that look at
 * all of it. Growing may replace the arrays, so they are asked for anew in each call.
 */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** What kernels declare when they import this memory. */
  readonly limits: MemoryLimits;
  private readonly heap: Heap;
  private readonly own: Heap;
  /** Where the backend's own part ends and that of {@link allocate} begins. */
  readonly border: number;
  private readonly maximum: number;
  private current: Views;

  /**
   * `maximumBytes` is where it stops growing, at most 4 GiB. Throws `OUT_OF_MEMORY` if the engine
   * reserves no such memory.
   */
  constructor(shared: boolean, maximumBytes: number) {
    this.maximum = Math.max(1, Math.min(mostPages, Math.floor(maximumBytes / pageBytes)));
    this.shared = shared;
    this.limits = { initial: 1, maximum: mostPages, ...(shared && { shared }) };
    try {
      this.memory = new WebAssembly.Memory({ initial: 1, maximum: this.maximum, shared });
    } catch (cause) {
      throw new BlkError(
        "OUT_OF_MEMORY",
        `wasm: the engine reserves no memory of up to ${this.maximum * pageBytes} bytes; give a smaller memoryLimit`,
        { cause },
      );
    }
    this.current = new Views(this.memory.buffer);
    this.border = this.maximum * ownBytes;
    this.own = new Heap(firstAddress, (end) => end <= this.border && this.growTo(end));
    this.heap = new Heap(this.border, (end) => this.growTo(end));
  }

  /** Most bytes that this memory can have. */
  get maximumBytes(): number {
    return this.maximum * pageBytes;
  }

  /** Typed arrays over the whole memory as it is now. */
  get views(): Views {
    // A buffer grown by another thread's instance would still be the same object.
    return this.current;
  }

  /** The address of `byteLength` bytes, a multiple of 64; `undefined` if there is no room. */
  allocate(byteLength: number): number | undefined {
    return this.heap.allocate(byteLength);
  }

  /** The error where {@link allocate} finds no room; `what` says for what, or beside what. */
  noRoom(requested: number, what: string, details: object = {}): BlkError {
    const limit = this.maximumBytes;
    return new BlkError(
      "OUT_OF_MEMORY",
      `wasm: no room for ${requested} bytes ${what}; this backend's memory ends at ${limit}; dispose what is no longer needed`,
      { details: { requested, limit, ...details } },
    );
  }

  /**
   * The same for what the backend itself keeps, such as kernels and scratch memory: apart from
   * buffers as long as there is room, so that it does not lie in the middle of what they leave.
   */
  allocateOwn(byteLength: number): number | undefined {
    return this.own.allocate(byteLength) ?? this.heap.allocate(byteLength);
  }

  /** Takes back what was given for the same `byteLength`. */
  free(address: number, byteLength: number): void {
    (address < this.border ? this.own : this.heap).free(address, byteLength);
  }

  /** Lets go of the arrays, so that the engine may free the memory. */
  close(): void {
    this.current = new Views(new ArrayBuffer(0));
  }

  /** Makes addresses below `end` usable, with room for a vector read beyond the last. */
  private growTo(end: number): boolean {
    const needed = Math.ceil((end + 64) / pageBytes);
    const have = this.memory.buffer.byteLength / pageBytes;
    if (needed <= have) return true;
    if (needed > this.maximum) return false;
    // Ahead of need, so that many small requests do not grow it each.
    const ahead = Math.min(this.maximum, Math.max(needed, have + Math.ceil(have / 4), 64));
    if (!this.tryGrow(ahead - have) && !this.tryGrow(needed - have)) return false;
    this.current = new Views(this.memory.buffer);
    return true;
  }

  private tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}

/** The memory as bytes, and as an array of each element type: of f16, their bits. */
export class Views implements Readonly<Record<DType, ArrayBufferView>> {
  readonly u8: Uint8Array;
  readonly f16: Uint16Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;

  constructor(buffer: ArrayBufferLike) {
    this.u8 = new Uint8Array(buffer);
    this.f16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}
