/**
 * Addresses of linear memory, handed out and taken back. What is known of free memory lies in
 * JavaScript, not in the memory itself: a kernel that writes where it must not cannot break it.
 *
 * Freed blocks of a size wait in a list for the next request of that size, which costs next to
 * nothing and is what layers and training steps ask for again and again. Only when a request finds
 * nothing are they merged with their neighbours, so that no number of small blocks keeps a large
 * one from fitting where there is room for it.
 */
export class Heap {
  private end: number;
  /** Makes memory reach at least to an address; says whether it does. */
  private readonly grow: (end: number) => boolean;
  /** Blocks that wait for a request of exactly their size. */
  private readonly waiting = new Map<number, number[]>();
  /** Merged free blocks: sizes by start, starts by end, starts by power of two of the size. */
  private readonly sizes = new Map<number, number>();
  private readonly starts = new Map<number, number>();
  private readonly classes: Set<number>[] = Array.from({ length: 32 }, () => new Set());

  /** A heap of the addresses from `start` (a multiple of {@link alignment}), at first empty. */
  constructor(start: number, grow: (end: number) => boolean) {
    this.end = start;
    this.grow = grow;
  }

  /** The address of `byteLength` bytes, or `undefined` if there is no room for them. */
  allocate(byteLength: number): number | undefined {
    const size = roundUp(byteLength);
    if (size > addressable) return undefined;
    const same = this.waiting.get(size)?.pop();
    return same ?? this.take(size) ?? this.takeMerged(size) ?? this.extend(size);
  }

  /** Takes back what `allocate` gave for the same `byteLength`. */
  free(address: number, byteLength: number): void {
    const size = roundUp(byteLength);
    const same = this.waiting.get(size);
    if (same === undefined) this.waiting.set(size, [address]);
    else same.push(address);
  }

  /** The smallest power-of-two class with a block that fits, split. */
  private take(size: number): number | undefined {
    for (let c = classOf(size); c < this.classes.length; c++) {
      for (const start of this.classes[c] as Set<number>) {
        const found = this.sizes.get(start) as number;
        if (found < size) continue;
        this.remove(start, found);
        if (found > size) this.insert(start + size, found - size);
        return start;
      }
    }
    return undefined;
  }

  private takeMerged(size: number): number | undefined {
    if (this.waiting.size === 0) return undefined;
    for (const [waitingSize, addresses] of this.waiting) {
      for (const address of addresses) this.merge(address, waitingSize);
    }
    this.waiting.clear();
    return this.take(size);
  }

  /** New memory at the end, continuing a free block that reaches there. */
  private extend(size: number): number | undefined {
    const start = this.starts.get(this.end) ?? this.end;
    if (!this.grow(start + size)) return undefined;
    if (start < this.end) this.remove(start, this.end - start);
    this.end = start + size;
    return start;
  }

  /** Adds a free block, joined with those that touch it. */
  private merge(address: number, size: number): void {
    let [start, end] = [address, address + size];
    const before = this.starts.get(start);
    if (before !== undefined) {
      this.remove(before, start - before);
      start = before;
    }
    const after = this.sizes.get(end);
    if (after !== undefined) {
      this.remove(end, after);
      end += after;
    }
    this.insert(start, end - start);
  }

  private insert(start: number, size: number): void {
    this.sizes.set(start, size);
    this.starts.set(start + size, start);
    (this.classes[classOf(size)] as Set<number>).add(start);
  }

  private remove(start: number, size: number): void {
    this.sizes.delete(start);
    this.starts.delete(start + size);
    (this.classes[classOf(size)] as Set<number>).delete(start);
  }
}

/** Bytes to which every block is aligned and rounded: a cache line, so that threads share none. */
export const alignment = 64;

/** What 32-bit addresses reach. */
const addressable = 2 ** 32;

/** Even nothing takes a block: each buffer has an address of its own. */
function roundUp(byteLength: number): number {
  return Math.max(1, Math.ceil(byteLength / alignment)) * alignment;
}

/** floor(log₂) of the size in units of the alignment. */
function classOf(size: number): number {
  return 31 - Math.clz32(size / alignment);
}
