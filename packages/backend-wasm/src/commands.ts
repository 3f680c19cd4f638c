import type { LinearMemory } from "./linear-memory.js";

/**
 * Where a call writes the descriptions of its items for the kernels to read: one stretch of linear
 * memory, reused by every call. A call takes once what it needs; taking may enlarge the memory, so
 * {@link LinearMemory.views} are asked for afterwards.
 */
export class Commands {
  private readonly memory: LinearMemory;
  private address = 0;
  private size = 0;

  constructor(memory: LinearMemory) {
    this.memory = memory;
  }

  /** The address of `byteLength` bytes (aligned to 64) that are this call's until the next one. */
  take(byteLength: number): number {
    if (byteLength > this.size) this.enlarge(byteLength);
    return this.address;
  }

  private enlarge(byteLength: number): void {
    const size = Math.max(2 ** 16, 2 ** Math.ceil(Math.log2(byteLength)));
    if (this.size > 0) this.memory.free(this.address, this.size);
    this.size = 0;
    const address = this.memory.allocateOwn(size);
    if (address === undefined) {
      throw this.memory.noRoom(size, "that describe a call of many parts");
    }
    this.address = address;
    this.size = size;
  }
}
