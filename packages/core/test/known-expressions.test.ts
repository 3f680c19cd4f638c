import { describe, expect, it } from "vitest";
import { expr } from "../src/index.js";
import { expressionOf } from "../src/ops/expression-of.js";

const { add, input, key, mul, sub } = expr;
type Expr = ReturnType<typeof input>;

describe("expressions of functions", () => {
  it("are the same object for equal trees, whichever function built them", () => {
    const built = expressionOf("map", (x, y) => sub(x, mul(0.1, y)), 2, "f32");
    expect(expressionOf("map", (w, g) => sub(w, mul(0.1, g)), 2, "f64")).toBe(built);
    expect(expressionOf("map", () => built, 2, "f32")).toBe(built);
  });

  it("follow a function whose captured numbers change", () => {
    let rate = 0;
    const step = (x: Expr): Expr => mul(rate, add(x, 3));
    for (rate of [0.5, 0.25, -0, 2 ** -30, 0, 2 ** -31, 0.5, Number.NaN]) {
      expect(key(expressionOf("map", step, 1, "f32"))).toBe(key(mul(rate, add(input(0), 3))));
    }
  });

  it("differ by arithmetic and by number of operands", () => {
    const overflow = (x: Expr): Expr => add(x, mul(2 ** 20, 2 ** 20));
    expect(key(expressionOf("map", overflow, 1, "f64"))).toBe(key(add(input(0), 2 ** 40)));
    expect(key(expressionOf("map", overflow, 1, "i32"))).toBe(key(input(0)));
    const second = (): Expr => input(1);
    expect(expressionOf("map", second, 2, "f32")).toEqual(input(1));
    expect(() => expressionOf("map", second, 1, "f32")).toThrow("reads operand 1");
  });

  it("take no longer for shared parts, and are not piled up", () => {
    const doubled = (x: Expr): Expr => {
      let sum = x;
      for (let i = 0; i < 60; i++) sum = add(sum, sum);
      return sum;
    };
    expect(key(expressionOf("map", doubled, 1, "f32"))).toBe(key(doubled(input(0))));
    const first = expressionOf("map", (x) => add(x, 0.5), 1, "f32");
    for (let i = 1; i <= 1000; i++) expressionOf("map", (x) => add(x, i), 1, "f32");
    const again = expressionOf("map", (x) => add(x, 0.5), 1, "f32");
    expect(again).toEqual(first);
    expect(again).not.toBe(first);
  });
});
