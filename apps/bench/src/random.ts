/** Seeded numbers: the same seed gives the same inputs on every machine. */
export class Random {
  #state: number;

  constructor(seed: number | string) {
    this.#state = typeof seed === "number" ? seed | 0 : hash(seed);
  }

  /** Uniform in [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in 0 … count − 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Numbers in [−scale, scale), rounded to the type. */
  values(dtype: "f32" | "f64", length: number, scale = 1): Float32Array | Float64Array {
    const values = dtype === "f32" ? new Float32Array(length) : new Float64Array(length);
    for (let i = 0; i < length; i++) values[i] = (2 * this.next() - 1) * scale;
    return values;
  }

  /** 0 … count − 1 in random order. */
  order(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = order[i] as number;
      order[i] = order[j] as number;
      order[j] = held;
    }
    return order;
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}
