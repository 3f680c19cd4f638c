import { expr } from "@blk/core";
import { describe, expect, test } from "vitest";
import {
  around,
  between,
  computed,
  everyExponent,
  type FloatType,
  rounded,
  specials,
  worstError,
  x,
} from "./accuracy.js";
import { exp } from "./high-precision.js";

/** Where results overflow, become subnormal, and become 0. */
const limits = { f32: [88.72, -87.34, -103.97], f64: [709.78, -708.4, -745.13] } as const;

function pointsOf(type: FloatType): number[] {
  const [most, subnormal, least] = limits[type];
  const borders = between(type, -30, 30, 20).map((k) => (Math.round(k) + 0.5) * Math.LN2);
  return [
    ...everyExponent(type, type === "f32" ? 4 : 1).filter((value) => Math.abs(value) < 2 ** 11),
    ...between(type, least - 1, most + 1, 2000),
    ...between(type, -1, 1, 500),
    ...between(type, least, subnormal, 300),
    ...around(type, most, subnormal, least, 2 ** -28, 1, ...borders),
  ];
}

describe.each(["f32", "f64"] as const)("exp in %s", (type) => {
  test("is within 1 ulp, also where it is subnormal or overflows", () => {
    const points = pointsOf(type);
    const results = computed(type, expr.exp(x), points);
    const worst = worstError(type, results, (i) => exp(points[i]!));
    expect(worst.ulps, `exp(${points[worst.index]})`).toBeLessThanOrEqual(1);
  });

  test("of special and of huge numbers is that of ECMAScript", () => {
    const huge = everyExponent(type).filter((value) => Math.abs(value) >= 2 ** 10);
    const points = [...specials, ...huge];
    const expected = points.map((value) => rounded(type, Math.exp(value)));
    expect(computed(type, expr.exp(x), points)).toEqual(expected);
  });
});
