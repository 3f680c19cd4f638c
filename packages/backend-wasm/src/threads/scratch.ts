import type { LinearMemory } from "../linear-memory.js";

/** Memory for what one thread computes on the way; it grows to the largest request. */
export class Scratch {
  private readonly memory: LinearMemory;
  private address = 0;
  private size = 0;

  constructor(memory: LinearMemory) {
    this.memory = memory;
  }

  /**
   * The address of at least `byteLength` bytes, aligned to 64, with what was there before or not;
   * `undefined` if memory has no room for them.
   */
  take(byteLength: number): number | undefined {
    if (byteLength > this.size) {
      this.release();
      const size = Math.ceil(byteLength / pageBytes) * pageBytes;
      const address = this.memory.allocateOwn(size);
      if (address === undefined) return undefined;
      this.address = address;
      this.size = size;
    }
    return this.address;
  }

  /** Gives the memory back. */
  release(): void {
    if (this.size > 0) this.memory.free(this.address, this.size);
    this.address = 0;
    this.size = 0;
  }
}

/** Requests that differ by less share a size. */
const pageBytes = 4096;
