import { BlkError } from "@blk/core";
import { checkWhole } from "./check-arguments.js";
import { philox } from "./philox.js";

/** The whole state of a {@link Random}, as plain data. */
export interface RandomState {
  readonly key: readonly [number, number];
  /** Blocks of four words drawn so far, as two 32-bit words, the low one first. */
  readonly counter: readonly [number, number];
}

/**
 * A stream of random numbers from a counter: its n-th block of four words is Philox4x32-10 of n
 * under a key. The same key and counter give the same numbers everywhere, and there is no other
 * state. A call draws whole blocks. Every method
 * throws `ARGUMENT` for a count that is none.
 *
 * ```ts
 * const random = new Random(42);
 * const noise = random.normal(100);
 * const later = new Random(random.state());   // goes on where `random` is now
 * ```
 */
export class Random {
  readonly #key: readonly [number, number];
  #low = 0;
  #high = 0;

  /** A seed, a whole number from 0 to 2⁵³ − 1, or what `state()` gave. Throws `ARGUMENT`. */
  constructor(seed: number | RandomState) {
    if (typeof seed === "number") {
      this.#key = keyOf(seed);
      return;
    }
    const words = [...(seed?.key ?? []), ...(seed?.counter ?? [])];
    if (words.length !== 4 || words.some((word) => word >>> 0 !== word)) {
      throw new BlkError(
        "ARGUMENT",
        "Random: expected a seed or { key, counter } of two 32-bit words each, as state() gives",
      );
    }
    this.#key = [words[0] as number, words[1] as number];
    this.#low = words[2] as number;
    this.#high = words[3] as number;
  }

  /** Where the stream is: plain data, from which `new Random` goes on. */
  state(): RandomState {
    return { key: this.#key, counter: [this.#low, this.#high] };
  }

  /** A stream of its own, whose key is drawn from this one: for a part that draws as it likes. */
  fork(): Random {
    const [first = 0, second = 0] = this.words(2);
    return new Random({ key: [first, second], counter: [0, 0] });
  }

  /** `count` words of 32 random bits. */
  words(count: number): Uint32Array {
    checkWhole("Random", "the count", count);
    const blocks = Math.ceil(count / 4);
    const words = new Uint32Array(4 * blocks);
    for (let block = 0; block < blocks; block++) {
      philox(words, 4 * block, [this.#low, this.#high, 0, 0], this.#key);
      this.#low = (this.#low + 1) >>> 0;
      if (this.#low === 0) this.#high = (this.#high + 1) >>> 0;
    }
    return words.subarray(0, count);
  }

  /** `count` numbers from [0, 1), multiples of 2⁻³². */
  uniform(count: number): Float64Array {
    return Float64Array.from(this.words(count), (word) => word / 2 ** 32);
  }

  /** `count` normally distributed numbers of mean 0 and the given deviation (Box & Muller 1958). */
  normal(count: number, deviation = 1): Float64Array {
    checkWhole("Random", "the count", count);
    const pairs = Math.ceil(count / 2);
    const words = this.words(2 * pairs);
    const numbers = new Float64Array(2 * pairs);
    for (let i = 0; i < 2 * pairs; i += 2) {
      // From (0, 1], so that the logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(((words[i] as number) + 1) / 2 ** 32));
      const angle = (2 * Math.PI * (words[i + 1] as number)) / 2 ** 32;
      numbers[i] = deviation * radius * Math.cos(angle);
      numbers[i + 1] = deviation * radius * Math.sin(angle);
    }
    return numbers.subarray(0, count);
  }

  /** The numbers 0 … count − 1 in random order (Fisher & Yates). */
  permutation(count: number): Int32Array {
    checkWhole("Random", "the count", count);
    const numbers = Int32Array.from({ length: count }, (_, i) => i);
    const draws = this.words(count);
    for (let i = count - 1; i > 0; i--) {
      // Of 2³² equally likely words, the bias is below count / 2³².
      const j = Math.floor(((draws[i] as number) / 2 ** 32) * (i + 1));
      const swapped = numbers[i] as number;
      numbers[i] = numbers[j] as number;
      numbers[j] = swapped;
    }
    return numbers;
  }
}

function keyOf(seed: number): readonly [number, number] {
  if (Number.isSafeInteger(seed) && seed >= 0) return [seed >>> 0, Math.floor(seed / 2 ** 32)];
  throw new BlkError(
    "ARGUMENT",
    `Random: expected a seed of 0 … 2⁵³ − 1, a whole number, got ${seed}`,
  );
}
