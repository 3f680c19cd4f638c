import { describe, expect, it } from "vitest";
import { Random } from "../src/index.js";
import { philox } from "../src/philox.js";

describe("philox", () => {
  // The known answers of Random123 1.14, kat_vectors: philox4x32, 10 rounds.
  it.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      "d16cfe09 94fdcceb 5001e420 24126ea1",
    ],
  ] as const)("gives the known answer of %j under %j", (counter, key, expected) => {
    const out = new Uint32Array(5);
    philox(out, 1, counter, key);
    const words = Array.from(out.subarray(1), (word) => word.toString(16).padStart(8, "0"));
    expect(words.join(" ")).toBe(expected);
  });
});

describe("Random", () => {
  it("goes on from its state, and is the same for the same seed", () => {
    const random = new Random(2 ** 40 + 7);
    random.words(5);
    const later = new Random(JSON.parse(JSON.stringify(random.state())));
    expect(later.words(9)).toEqual(random.words(9));
    expect(new Random(1).words(4)).not.toEqual(new Random(2 ** 32 + 1).words(4));
  });

  it("carries into the high word of its counter", () => {
    const random = new Random({ key: [1, 2], counter: [0xffffffff, 3] });
    random.words(4);
    expect(random.state().counter).toEqual([0, 4]);
  });

  it("draws uniform numbers of the right mean and variance", () => {
    const n = 20_000;
    const numbers = new Random(3).uniform(n);
    const mean = numbers.reduce((x, y) => x + y, 0) / n;
    // Five standard deviations of the mean of n uniform numbers.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
    expect(numbers.every((x) => x >= 0 && x < 1)).toBe(true);
  });

  it("draws normal numbers of the right mean and variance", () => {
    const n = 20_001;
    const numbers = new Random(4).normal(n, 2);
    const mean = numbers.reduce((x, y) => x + y, 0) / n;
    const square = numbers.reduce((x, y) => x + y * y, 0) / n;
    expect(numbers.length).toBe(n);
    expect(Math.abs(mean)).toBeLessThan((5 * 2) / Math.sqrt(n));
    // The mean square of n numbers of deviation 2 has the deviation 4·√(2/n).
    expect(Math.abs(square - 4)).toBeLessThan(5 * 4 * Math.sqrt(2 / n));
  });

  it("permutes", () => {
    const numbers = new Random(5).permutation(101);
    expect([...numbers].sort((x, y) => x - y)).toEqual(Array.from({ length: 101 }, (_, i) => i));
    expect([...numbers]).not.toEqual([...numbers].sort((x, y) => x - y));
    expect(new Random(5).permutation(0).length).toBe(0);
  });

  it("gives every order equally often", () => {
    const random = new Random(31);
    const counts = new Map<string, number>();
    const draws = 6000;
    for (let i = 0; i < draws; i++) {
      const order = String(random.permutation(3));
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Five standard deviations of a count of n draws.
    const most = 5 * Math.sqrt(draws * (1 / 6) * (5 / 6));
    for (const count of counts.values()) expect(Math.abs(count - draws / 6)).toBeLessThan(most);
  });

  it("forks into streams of their own", () => {
    const random = new Random(6);
    const [first, second] = [random.fork(), random.fork()];
    expect(first.words(4)).not.toEqual(second.words(4));
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])("refuses the seed %s", (seed) => {
    expect(() => new Random(seed)).toThrow(/expected a seed/);
  });

  it("refuses a state that is none", () => {
    expect(() => new Random({ key: [1], counter: [0, 0] } as never)).toThrow(/two 32-bit words/);
    expect(() => new Random({ key: [1, -1], counter: [0, 0] })).toThrow(/two 32-bit words/);
  });
});
