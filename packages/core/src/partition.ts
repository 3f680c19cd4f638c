import { describeValue } from "./dtype.js";
import { BlkError } from "./errors.js";

/** Where the rows or the columns of a matrix are cut: a block size, block lengths, or a partition. */
export type PartitionLike = number | readonly number[] | Partition;

/**
 * The cuts of one dimension. Block `i` covers the positions `cuts[i]` to `cuts[i + 1]` (exclusive);
 * blocks may be uneven and may be empty. A partition is immutable and owns no memory of a matrix.
 *
 * ```ts
 * Partition.uniform(10, 4).lengths   // [4, 4, 2]
 * Partition.of([3, 0, 5]).cuts       // [0, 3, 3, 8]
 * ```
 */
export class Partition {
  /** `count + 1` ascending positions, from 0 to `size`. */
  readonly cuts: readonly number[];

  private constructor(cuts: readonly number[]) {
    this.cuts = cuts;
  }

  /** One block that covers everything. */
  static whole(size: number): Partition {
    return new Partition([0, checkCount(size, "Partition.whole", "a size")]);
  }

  /** Blocks of `blockSize`, the last one possibly shorter; none for size 0. */
  static uniform(size: number, blockSize: number): Partition {
    checkCount(size, "Partition.uniform", "a size");
    if (!Number.isSafeInteger(blockSize) || blockSize < 1) {
      throw new BlkError(
        "ARGUMENT",
        `Partition.uniform: expected a block size of at least 1, got ${describeValue(blockSize)}`,
      );
    }
    const cuts = [0];
    for (let end = blockSize; end < size; end += blockSize) cuts.push(end);
    if (size > 0) cuts.push(size);
    return new Partition(cuts);
  }

  /** Blocks of the given lengths. */
  static of(lengths: readonly number[]): Partition {
    if (!isList(lengths)) {
      throw new BlkError(
        "ARGUMENT",
        `Partition.of: expected an array of block lengths, got ${describeValue(lengths)}; for blocks of one size write Partition.uniform(size, ${typeof lengths === "number" ? lengths : "blockSize"})`,
      );
    }
    const cuts = [0];
    let end = 0;
    for (const length of lengths) {
      end += checkCount(length, "Partition.of", "block lengths");
      cuts.push(end);
    }
    return new Partition(cuts);
  }

  /** Blocks between the given ascending positions, of which the first must be 0. */
  static fromCuts(cuts: readonly number[]): Partition {
    if (!isList(cuts)) {
      throw new BlkError(
        "ARGUMENT",
        `Partition.fromCuts: expected an array of positions, got ${describeValue(cuts)}; write Partition.fromCuts([0, …, size])`,
      );
    }
    if (cuts[0] !== 0) {
      throw new BlkError(
        "PARTITION",
        `Partition.fromCuts: the first cut must be 0, got ${describeValue(cuts[0])}`,
      );
    }
    cuts.forEach((cut, i) => {
      checkCount(cut, "Partition.fromCuts", "cuts");
      if (i > 0 && cut < (cuts[i - 1] as number)) {
        throw new BlkError(
          "PARTITION",
          `Partition.fromCuts: cuts must ascend, but ${cut} follows ${cuts[i - 1]}`,
        );
      }
    });
    return new Partition([...cuts]);
  }

  /**
   * The partition of `size` positions that `like` describes; one block if it is undefined.
   * `what` names the dimension in errors: "matmul's rows".
   */
  static from(like: PartitionLike | undefined, size: number, what: string): Partition {
    if (like === undefined) return Partition.whole(size);
    if (typeof like === "number") return Partition.uniform(size, like);
    if (!isList(like) && !(like instanceof Partition)) {
      throw new BlkError(
        "ARGUMENT",
        `${what}: expected a block size, an array of block lengths or a Partition, got ${describeValue(like)}`,
      );
    }
    const partition = like instanceof Partition ? like : Partition.of(like as readonly number[]);
    if (partition.size !== size) {
      throw new BlkError(
        "PARTITION",
        `${what}: the blocks cover ${partition.size} positions (${partition}), but there are ${size}; give block lengths that add up to ${size}`,
        { details: { expected: size, actual: partition.size } },
      );
    }
    return partition;
  }

  /** Positions covered. */
  get size(): number {
    return this.cuts[this.cuts.length - 1] as number;
  }

  /** Number of blocks. */
  get count(): number {
    return this.cuts.length - 1;
  }

  /** Whether there is at most one block: it then fits any other partition of the same size. */
  get isWhole(): boolean {
    return this.count <= 1;
  }

  /** The same positions as one block. */
  get uncut(): Partition {
    return this.count === 1 ? this : Partition.whole(this.size);
  }

  /** The length of each block. */
  get lengths(): readonly number[] {
    return this.cuts.slice(1).map((end, i) => end - (this.cuts[i] as number));
  }

  /** First position of block `index`. Throws `BOUNDS`. */
  start(index: number): number {
    this.checkIndex(index);
    return this.cuts[index] as number;
  }

  /** The position after block `index`. Throws `BOUNDS`. */
  end(index: number): number {
    return this.cuts[this.checkIndex(index) + 1] as number;
  }

  /** Number of positions in block `index`. Throws `BOUNDS`. */
  length(index: number): number {
    return (this.cuts[this.checkIndex(index) + 1] as number) - (this.cuts[index] as number);
  }

  /** The block that contains `position` (never an empty one). Throws `BOUNDS`. */
  indexOf(position: number): number {
    if (!(position >= 0 && position < this.size)) {
      throw new BlkError(
        "BOUNDS",
        `Partition.indexOf: position ${describeValue(position)} lies outside of 0 … ${this.size - 1}`,
      );
    }
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.cuts[middle] as number) <= position) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Whether both have the same cuts. */
  equals(other: Partition): boolean {
    if (this === other) return true;
    const { cuts } = this;
    if (cuts.length !== other.cuts.length) return false;
    for (let i = 0; i < cuts.length; i++) if (cuts[i] !== other.cuts[i]) return false;
    return true;
  }

  /** This partition's blocks followed by the other's. */
  concat(other: Partition): Partition {
    const size = this.size;
    return new Partition([...this.cuts, ...other.cuts.slice(1).map((cut) => cut + size)]);
  }

  /** This partition's blocks `count` times, one after the other. */
  repeat(count: number): Partition {
    checkCount(count, "Partition.repeat", "a count");
    if (count === 1) return this;
    const { cuts, size } = this;
    const all = [0];
    for (let i = 0; i < count; i++) for (const cut of cuts.slice(1)) all.push(cut + i * size);
    return new Partition(all);
  }

  /** The cuts, shortened in the middle: `0|2|4|…|64`. */
  toString(): string {
    const { cuts } = this;
    return (cuts.length <= 8 ? cuts : [...cuts.slice(0, 5), "…", this.size]).join("|");
  }

  private checkIndex(index: number): number {
    if (!(Number.isInteger(index) && index >= 0 && index < this.count)) {
      throw new BlkError(
        "BOUNDS",
        `Partition: there is no block ${describeValue(index)}; there are ${this.count} (${this}), counted from 0`,
      );
    }
    return index;
  }
}

/**
 * The partition under which two operands of equal size meet: that of both if they agree, that of
 * the other if one is uncut; `undefined` if they do not conform.
 */
export function conform(x: Partition, y: Partition): Partition | undefined {
  if (x.equals(y)) return x;
  if (x.isWhole) return y;
  return y.isWhole ? x : undefined;
}

/** `count` if it is a whole number ≥ 0, else an `ARGUMENT` error that names the operation. */
export function checkCount(count: number, operation: string, what: string): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected ${what} of 0 or more, a whole number, got ${describeValue(count)}`,
    );
  }
  return count;
}

/** Whether this is an array, plain or typed. */
function isList(value: unknown): boolean {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}
