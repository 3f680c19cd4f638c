import type { Lanes } from "./program.js";

/** What a piece of scratch memory is for. */
export type Purpose = "a" | "b" | "sums" | "state" | "index" | "row";

/**
 * Scratch arrays that outlive a call, one per purpose: each grows to the largest size asked for
 * and is then handed out again and again, with whatever it holds.
 */
export class Scratch<T extends Lanes> {
  private readonly create: (length: number) => T;
  private readonly arrays = new Map<Purpose, T>();

  constructor(create: (length: number) => T) {
    this.create = create;
  }

  /** At least `length` elements. */
  take(purpose: Purpose, length: number): T {
    let array = this.arrays.get(purpose);
    if (array === undefined || array.length < length) {
      array = this.create(length);
      this.arrays.set(purpose, array);
    }
    return array;
  }
}
