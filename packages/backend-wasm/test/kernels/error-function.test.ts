import { expr } from "@blk/core";
import { describe, expect, test } from "vitest";
import {
  around,
  between,
  computed,
  everyExponent,
  type FloatType,
  worstError,
  x,
} from "./accuracy.js";
import { erf } from "./high-precision.js";

function pointsOf(type: FloatType): number[] {
  return [
    ...everyExponent(type, type === "f32" ? 4 : 1).filter((value) => Math.abs(value) < 64),
    ...between(type, -1.3, 1.3, 1500),
    ...between(type, -6.5, 6.5, 1000),
    // Where the form changes, and where 1 is reached.
    ...around(type, 2 ** -28, 0.84375, 0.921875, 1.25, 1 / 0.35, 3.9, 4, 5.9, 6, -0.921875, -6),
  ].filter((value) => value !== 0);
}

describe.each(["f32", "f64"] as const)("erf in %s", (type) => {
  test("is within 1 ulp", () => {
    const points = pointsOf(type);
    const results = computed(type, expr.erf(x), points);
    const worst = worstError(type, results, (i) => erf(points[i]!));
    expect(worst.ulps, `erf(${points[worst.index]})`).toBeLessThanOrEqual(1);
  });

  test("of huge numbers is ±1, of ±0 is ±0, of NaN is NaN", () => {
    const huge = everyExponent(type).filter((value) => Math.abs(value) >= 8);
    const points = [...huge, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(computed(type, expr.erf(x), points)).toEqual(points.map(Math.sign));
    expect(computed(type, expr.erf(x), [0, -0, Number.NaN])).toEqual([0, -0, Number.NaN]);
  });

  test("does not depend on the other lanes", () => {
    const points = [0.1, 7, -3, Number.NaN, 0.5, 0.2, 1, 0.3];
    const alone = points.flatMap((value) => computed(type, expr.erf(x), [value]));
    expect(computed(type, expr.erf(x), points)).toEqual(alone);
  });
});
