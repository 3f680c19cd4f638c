import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accurateDot, gamma } from "../src/dot.js";

/** The exact sum of products as a fraction over a power of two. */
function exactDot(x: readonly number[], y: readonly number[]): bigint {
  return x.reduce((sum, value, i) => sum + scaled(value) * scaled(y[i] as number), 0n);
}

const bits = 1000;

/** x·2¹⁰⁰⁰, exactly. */
function scaled(x: number): bigint {
  let [fraction, exponent] = [x, bits];
  while (!Number.isInteger(fraction)) {
    fraction *= 2;
    exponent -= 1;
  }
  return BigInt(fraction) * 2n ** BigInt(exponent);
}

const number = fc.double({ min: -1e12, max: 1e12, noNaN: true }).filter((x) => Math.abs(x) > 1e-60);

describe("accurateDot", () => {
  it("is within its stated bound of the exact sum", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { maxLength: 30 }), (pairs) => {
        // Each product once more with the other sign, and a little off: nearly all cancels.
        const x = [...pairs.map(([a]) => a), ...pairs.map(([a]) => -a), 1];
        const y = [
          ...pairs.map(([, b]) => b),
          ...pairs.map(([, b]) => b * (1 + 2 ** -52)),
          2 ** -30,
        ];
        const { sum, magnitude } = accurateDot(
          x.length,
          (i) => x[i] as number,
          (i) => y[i] as number,
        );
        const error = exactDot(x, y) - scaled(sum) * 2n ** BigInt(bits);
        const u = 2 ** -53;
        const bound = u * Math.abs(sum) + gamma(x.length, u) ** 2 * magnitude + 2 ** -900;
        const size = error < 0n ? -error : error;
        expect(size <= scaled(bound) * 2n ** BigInt(bits)).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("gives NaN and infinities as a plain sum does", () => {
    const dot = (x: readonly number[]): number =>
      accurateDot(
        x.length,
        (i) => x[i] as number,
        () => 1,
      ).sum;
    expect(dot([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(dot([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBeNaN();
    expect(dot([])).toBe(0);
  });
});
