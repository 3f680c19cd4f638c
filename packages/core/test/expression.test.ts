import { describe, expect, it } from "vitest";
import {
  type Expr,
  expr,
  gelu,
  geluTanh,
  leakyRelu,
  relu,
  sigmoid,
  silu,
  softplus,
} from "../src/index.js";

const x = expr.input(0);
const y = expr.input(1);
const points = [-30, -3.25, -1, -0.5, -1e-3, 0.1, 0.75, 1, 2.5, 30];

/** Central difference; its truncation and rounding errors stay below 1e-7 relative here. */
function slope(e: Expr, at: readonly number[], operand: number): number {
  const h = 1e-5 * Math.max(1, Math.abs(at[operand] as number));
  const moved = (by: number): number[] => at.map((v, i) => (i === operand ? v + by : v));
  return (expr.evaluate(e, moved(h)) - expr.evaluate(e, moved(-h))) / (2 * h);
}

const functions: Record<string, Expr> = {
  relu: relu(x),
  leakyRelu: leakyRelu(0.1)(x),
  sigmoid: sigmoid(x),
  silu: silu(x),
  softplus: softplus(x),
  gelu: gelu(x),
  geluTanh: geluTanh(x),
  quotient: expr.div(expr.tanh(x), expr.add(2, expr.mul(y, y))),
  roots: expr.sqrt(expr.add(1, expr.mul(x, x))),
  powers: expr.pow(expr.add(1, expr.abs(x)), y),
  logs: expr.log(expr.add(1, expr.exp(expr.mul(0.1, x)))),
  choice: expr.select(expr.less(x, y), expr.mul(x, y), expr.sub(x, y)),
  extremes: expr.sub(expr.max(x, y), expr.min(expr.mul(2, x), y)),
};

describe("expressions", () => {
  it.each(Object.entries(functions))("differentiates %s", (_, e) => {
    for (const a of points) {
      for (const b of [0.3, 1.7]) {
        for (const operand of [0, 1]) {
          const exact = expr.evaluate(expr.differentiate(e, operand), [a, b]);
          const difference = slope(e, [a, b], operand);
          expect(Math.abs(exact - difference)).toBeLessThan(1e-4 * (1 + Math.abs(exact)));
        }
      }
    }
  });

  it("has true derivatives where smooth functions are composed of kinks", () => {
    expect(expr.evaluate(expr.differentiate(sigmoid(x)), [0])).toBe(0.25);
    expect(expr.evaluate(expr.differentiate(softplus(x)), [0])).toBe(0.5);
  });

  it("has slopes of exactly 0 where a function is flat, whatever is inside", () => {
    const root = expr.sqrt(x);
    for (const e of [expr.floor(root), expr.pow(root, 0), expr.mul(0, root), expr.less(root, 1)]) {
      expect(expr.evaluate(expr.differentiate(e), [0]), expr.format(e)).toBe(0);
    }
    expect(expr.format(expr.differentiate(expr.floor(root)))).toBe("0");
  });

  it("keeps derivatives finite far out", () => {
    for (const e of [sigmoid(x), silu(x), softplus(x), gelu(x)]) {
      for (const at of [-800, 800]) {
        expect(Number.isFinite(expr.evaluate(expr.differentiate(e), [at]))).toBe(true);
      }
    }
  });

  it("simplifies x + 0 and 0 − x, which shows in the sign of a zero only", () => {
    const at = (e: Expr, x: number): number => expr.evaluate(expr.simplify(e), [x]);
    const [x, sum] = [expr.input(0), expr.add(expr.input(0), 0)];
    for (const value of [1, -2, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(at(expr.div(1, sum), value)).toBe(1 / value);
    }
    expect(at(expr.div(1, sum), -0)).toBe(Number.NEGATIVE_INFINITY);
    expect(at(expr.sub(0, x), 0)).toBe(-0);
    expect(at(expr.sub(x, 0), -0)).toBe(-0);
  });

  it("simplifies without changing a value, NaN and infinity included", () => {
    const samples = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, ...points, 0];
    const e = expr.add(
      expr.mul(1, expr.neg(expr.neg(x))),
      expr.mul(expr.constant(0), expr.sub(y, expr.neg(expr.div(y, 1)))),
    );
    for (const a of samples) {
      for (const b of samples) {
        const plain = expr.evaluate(e, [a, b]);
        const simple = expr.evaluate(expr.simplify(e), [a, b]);
        expect(Object.is(simple, plain) || simple === plain).toBe(true);
      }
    }
    expect(expr.format(expr.simplify(expr.mul(1, expr.add(x, 0))))).toBe("x0");
    expect(expr.format(expr.simplify(expr.mul(0, x)))).toBe("0 * x0");
  });

  it("lets a structural zero annihilate", () => {
    const absent = (e: Expr): string => expr.format(expr.withAbsent(e, (i) => i === 0));
    expect(absent(expr.mul(x, y))).toBe("0");
    expect(absent(expr.add(x, y))).toBe("x1");
    expect(absent(expr.div(x, y))).toBe("0");
    expect(absent(expr.exp(x))).toBe("1");
  });

  it("folds constants of i32 as they wrap, and leaves what i32 does not have", () => {
    const largest = 2147483647;
    const beyond = expr.add(expr.add(0, largest), 1);
    const folded = (e: Expr, dtype: "i32" | "f32"): string => expr.format(expr.simplify(e, dtype));
    expect(folded(beyond, "i32")).toBe("-2147483648");
    expect(folded(beyond, "f32")).toBe("2147483648");
    expect(folded(expr.mul(largest, largest), "i32")).toBe("1");
    expect(folded(expr.abs(beyond), "i32")).toBe("-2147483648");
    expect(folded(expr.div(4, 2), "i32")).toBe("4 / 2");
    expect(folded(expr.exp(0), "i32")).toBe("exp(0)");
    const wrapped = expr.mul(x, expr.mul(largest, largest));
    expect(expr.format(expr.substitute(wrapped, () => y, "i32"))).toBe("x1");
    const absent = expr.withAbsent(expr.add(expr.add(x, largest), 1), () => true, "i32");
    expect(expr.format(absent)).toBe("-2147483648");
  });

  it("prints with the fewest parentheses", () => {
    expect(expr.format(expr.mul(expr.add(x, 1), expr.neg(y)))).toBe("(x0 + 1) * -x1");
    expect(expr.format(expr.sub(x, expr.sub(y, 2)))).toBe("x0 - (x1 - 2)");
    expect(expr.format(relu(x))).toBe("max(x0, 0)");
  });

  it("has equal keys exactly for equal trees, and one step for each distinct part", () => {
    expect(expr.key(gelu(expr.input(0)))).toBe(expr.key(gelu(x)));
    expect(expr.key(expr.sub(x, y))).not.toBe(expr.key(expr.sub(y, x)));
    expect(expr.key(expr.constant(-0))).not.toBe(expr.key(expr.constant(0)));
    const shared = expr.add(expr.exp(x), expr.exp(expr.input(0)));
    expect(expr.schedule(shared)).toHaveLength(3);
  });
});

describe("erf", () => {
  it.each([
    // Abramowitz & Stegun, table 7.1, and WolframAlpha to 16 digits.
    [0, 0],
    [1e-10, 1.1283791670955126e-10],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [5, 0.9999999999984626],
    [7, 1],
    [Number.POSITIVE_INFINITY, 1],
  ])("erf(%d)", (at, value) => {
    const u = 2 ** -52;
    expect(Math.abs(expr.applyUnary("erf", at) - value)).toBeLessThanOrEqual(u * value);
    expect(expr.applyUnary("erf", -at)).toBe(-expr.applyUnary("erf", at));
  });
});
