import { expr } from "@blk/core";
import { describe, expect, test } from "vitest";
import {
  around,
  between,
  computed,
  everyExponent,
  type FloatType,
  rounded,
  seeded,
  specials,
  worstError,
  x,
  y,
} from "./accuracy.js";
import { pow } from "./high-precision.js";

/** Pairs of a base > 0 and an exponent whose power is neither 0 nor ∞, or not far from it. */
function pairsOf(type: FloatType): [number, number][] {
  const random = seeded(11);
  const most = type === "f32" ? 105 : 750;
  const bases = [
    ...everyExponent(type, 1),
    ...between(type, 0.5, 2, 1000),
    ...around(type, 1, 1.25, 1.5, 1.75, Math.SQRT2, 1 + 2 ** -20, 1 - 2 ** -12),
    ...between(type, 0.9999, 1.0001, 300),
  ].filter((base) => base > 0 && base !== 1);
  return [
    ...bases.map((base): [number, number] => {
      const exponent = ((2 * random() - 1) * most) / Math.log(base);
      return [base, rounded(type, exponent)];
    }),
    ...bases.map((base): [number, number] => [base, Math.round(random() * 12 - 6) / 2]),
  ].filter(([base, exponent]) => Math.abs(exponent * Math.log(base)) < most && exponent !== 0);
}

describe.each(["f32", "f64"] as const)("pow in %s", (type) => {
  const power = (pairs: readonly (readonly [number, number])[]): number[] =>
    computed(type, expr.pow(x, y), ...[0, 1].map((i) => pairs.map((pair) => pair[i]!)));

  test("is within 1 ulp, also where it is subnormal or overflows", () => {
    const pairs = pairsOf(type);
    const worst = worstError(type, power(pairs), (i) => pow(...pairs[i]!));
    expect(worst.ulps, `pow(${pairs[worst.index]})`).toBeLessThanOrEqual(1);
  });

  test("of negative bases is that of |x|, with a sign for odd exponents", () => {
    const exponents = [-4, -3, -2, -1, 1, 2, 3, 4, 2 ** 24 - 1, 2 ** 24, 1e30];
    const bases = [...between(type, 0.01, 100, 50), ...everyExponent(type, 0)].filter((b) => b > 0);
    const pairs = bases.flatMap((b) => exponents.map((e): [number, number] => [b, e]));
    const negative = power(pairs.map(([base, exponent]) => [-base, exponent]));
    const positive = power(pairs).map((value, i) => (pairs[i]![1] % 2 === 0 ? value : -value));
    expect(negative).toEqual(positive);
    const fractions = bases.map((base): [number, number] => [-base, 0.5]);
    expect(power(fractions)).toEqual(fractions.map(() => Number.NaN));
  });

  test("of special numbers, bases and exponents, is that of ECMAScript", () => {
    const { MAX_VALUE, MIN_VALUE } = Number;
    const [least, most] = type === "f32" ? [2 ** -149, 2 ** 127] : [MIN_VALUE, MAX_VALUE];
    const some = [0.5, 1.5, 2, 3, 4, 1e9, 2 ** 31, least, most];
    const values = [...specials, ...some, ...some.map((value) => -value)];
    const pairs = values.flatMap((b) => values.map((e): [number, number] => [b, e]));
    const results = power(pairs);
    pairs.forEach(([base, exponent], i) => {
      const expected = rounded(type, base ** exponent);
      // The host's powers may be off by an ulp as well.
      const isNear = Math.abs(results[i]! - expected) <= 2 ** -51 * Math.abs(expected);
      if (!isNear || expected === 0) {
        expect(results[i], `${base} ** ${exponent}`).toBe(expected);
      }
    });
  });
});
