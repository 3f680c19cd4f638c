import { type Expr, expr } from "@blk/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expression } from "../src/cases/examples.js";
import { exactly, expectationOf, type Range, rangeOf, widen } from "../src/range.js";

const inputs = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -4, max: 4, noNaN: true })));

/** The value with every step rounded to f32, as a kernel computes it. */
function steppedValue(e: Expr, numbers: readonly number[]): number {
  return expr.fold<number>(e, {
    input: (index) => numbers[index] as number,
    constant: Math.fround,
    unary: (op, x) => Math.fround(expr.applyUnary(op, x)),
    binary: (op, x, y) => Math.fround(expr.applyBinary(op, x, y)),
    select: (condition, whenTrue, whenFalse) => (condition !== 0 ? whenTrue : whenFalse),
  });
}

const holds = ({ low, high }: Range, x: number): boolean => low <= x && x <= high;

describe("rangeOf", () => {
  it("holds the value in double, and that of a kernel which rounds every step", () => {
    fc.assert(
      fc.property(expression("f32"), inputs, (e, numbers) => {
        const rounded = numbers.map(Math.fround);
        const range = rangeOf(e, rounded.map(exactly), "f32");
        expect(holds(range, expr.evaluate(e, rounded)), "in double").toBe(true);
        expect(holds(range, steppedValue(e, rounded)), "rounded to f32").toBe(true);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it("is narrow: a few roundings wide", () => {
    const x = expr.input(0);
    for (const e of [expr.add(x, 1), expr.exp(x), expr.tanh(x), expr.mul(x, expr.add(x, 2))]) {
      const { low, high } = rangeOf(e, [exactly(0.7)], "f64");
      expect((high - low) / Math.abs(low)).toBeLessThan(30 * 2 ** -53);
      expect(high).toBeGreaterThan(low);
    }
  });

  it("is exact where there is nothing to round", () => {
    const x = expr.input(0);
    const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
    const value = (e: Expr, number: number): Range => rangeOf(e, [exactly(number)], "f32");
    expect(value(expr.max(x, 0), -3)).toEqual(exactly(0));
    expect(value(expr.exp(x), -inf)).toEqual(exactly(0));
    expect(value(expr.sqrt(x), -1)).toEqual(exactly(nan));
    expect(value(expr.sub(x, x), inf)).toEqual(exactly(nan));
    expect(value(expr.pow(x, 0), nan)).toEqual(exactly(1));
    expect(value(expr.less(x, 1), nan)).toEqual(exactly(0));
    expect(value(expr.select(x, 5, 6), nan)).toEqual(exactly(5));
    expect(value(expr.abs(expr.neg(x)), -2)).toEqual(exactly(2));
  });

  it("leaves open what rounding decides", () => {
    const x = expr.input(0);
    const around = [widen(exactly(1), "f32", 1)];
    expect(rangeOf(expr.less(x, 1), around, "f32")).toEqual({ low: 0, high: 1 });
    expect(rangeOf(expr.floor(x), around, "f32")).toEqual({ low: 0, high: 1 });
    const divided = rangeOf(expr.div(1, expr.sub(x, 1)), around, "f32");
    expect(divided).toEqual({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
  });
});

describe("expectationOf", () => {
  it("covers the whole range by a number and a bound", () => {
    const ranges = [exactly(3), { low: 1, high: 2 }, exactly(Number.NaN)];
    const { expected, bound } = expectationOf(3, (at) => ranges[at] as Range);
    expect([...expected]).toEqual([3, 1.5, Number.NaN]);
    expect([...bound]).toEqual([0, 0.5, 0]);
  });
});
