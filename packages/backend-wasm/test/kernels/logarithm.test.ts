import { expr } from "@blk/core";
import { describe, expect, test } from "vitest";
import {
  around,
  between,
  computed,
  everyExponent,
  type FloatType,
  specials,
  worstError,
  x,
} from "./accuracy.js";
import { log } from "./high-precision.js";

function pointsOf(type: FloatType): number[] {
  return [
    ...everyExponent(type, type === "f32" ? 8 : 1).filter((value) => value > 0),
    ...between(type, 0.5, 2, 2000),
    ...between(type, 0.99, 1.01, 500),
    // Where 1 is cancelled, the form changes, or the exponent does.
    ...around(type, 1, 1 + 2 ** -20, 1 - 2 ** -20, Math.SQRT2, Math.SQRT1_2, 1.38, 1.42, 2, 0.5),
  ].filter((value) => value !== 1);
}

describe.each(["f32", "f64"] as const)("log in %s", (type) => {
  test("is within 1 ulp, of subnormal numbers too", () => {
    const points = pointsOf(type);
    const results = computed(type, expr.log(x), points);
    const worst = worstError(type, results, (i) => log(points[i]!));
    expect(worst.ulps, `log(${points[worst.index]})`).toBeLessThanOrEqual(1);
  });

  test("of special and of negative numbers is that of ECMAScript", () => {
    const points = [...specials, ...everyExponent(type).filter((value) => value < 0)];
    expect(computed(type, expr.log(x), points)).toEqual(points.map(Math.log));
  });
});
