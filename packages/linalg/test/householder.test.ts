import { expect, test } from "vitest";
import { makeReflection } from "../src/householder.js";
import { threshold } from "./ratios.js";

test.each([0, -300, -500, -1000, -1060, 500, 1000])(
  "a reflection is orthogonal and does what it says, of elements around 2^%i",
  (exponent) => {
    const x = [3, -1, 4, 1, -5, 9, 2].map((value) => value * 2 ** exponent);
    const v = Float64Array.from(x);
    const tau = makeReflection(v, 0, v.length);
    const beta = v[0] as number;
    v[0] = 1;
    // H = I − τ·v·vᵀ is orthogonal where τ·vᵀv = 2.
    const squares = v.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(tau * squares - 2)).toBeLessThan(threshold * 2 ** -53);
    // A β below the normal numbers is rounded to a multiple of 2⁻¹⁰⁷⁴.
    const bound = Math.max(threshold * 2 ** -53 * Math.abs(beta), 2 ** -1073);
    const dot = x.reduce((sum, value, i) => sum + value * (v[i] as number), 0);
    for (const [i, value] of x.entries()) {
      const image = value - tau * dot * (v[i] as number);
      expect(Math.abs(image - (i === 0 ? beta : 0))).toBeLessThanOrEqual(bound);
    }
  },
);

test("nothing is reflected where there is nothing beside the first element", () => {
  for (const x of [[5], [5, 0, 0], [0, 0]]) {
    const v = Float64Array.from(x);
    expect(makeReflection(v, 0, v.length)).toBe(0);
    expect(Array.from(v)).toEqual(x);
  }
});
