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
import { tanh } from "./high-precision.js";

function pointsOf(type: FloatType): number[] {
  return [
    ...everyExponent(type, type === "f32" ? 4 : 1).filter((value) => Math.abs(value) < 64),
    ...between(type, -1, 1, 1500),
    ...between(type, -24, 24, 1500),
    ...around(type, 0.625, -0.625, 1, Math.LN2 / 4, (Math.LN2 * 3) / 4, 2 ** -28, 9, 10, 19, 22),
  ].filter((value) => value !== 0);
}

describe.each(["f32", "f64"] as const)("tanh in %s", (type) => {
  test("is within 2 ulp", () => {
    const points = pointsOf(type);
    const results = computed(type, expr.tanh(x), points);
    const worst = worstError(type, results, (i) => tanh(points[i]!));
    expect(worst.ulps, `tanh(${points[worst.index]})`).toBeLessThanOrEqual(2);
  });

  test("of huge numbers is ±1, of ±0 is ±0, of NaN is NaN", () => {
    const huge = everyExponent(type).filter((value) => Math.abs(value) >= 32);
    const points = [...huge, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(computed(type, expr.tanh(x), points)).toEqual(points.map(Math.sign));
    expect(computed(type, expr.tanh(x), [0, -0, Number.NaN])).toEqual([0, -0, Number.NaN]);
  });
});
