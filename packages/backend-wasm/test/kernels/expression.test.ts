import { type BlkError, type Expr, expr } from "@blk/core";
import { describe, expect, test } from "vitest";
import { ModuleBuilder } from "../../src/assembler/index.js";
import { expressionVector } from "../../src/kernels/expression.js";
import { map } from "../../src/map.js";
import { createTestWorkspace } from "../workspace.js";
import { computed, specials, x, y } from "./accuracy.js";

const z = expr.input(2);
const [infinity, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
const numbers = [...specials, 0.5, -0.5, 1.5, -2.5, 2.5, 1e20, -1e20, 3, 7];
const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b] as const));
const [lefts, rights] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];

const exactFunctions: Readonly<Record<string, Expr>> = {
  neg: expr.neg(x),
  abs: expr.abs(x),
  floor: expr.floor(x),
  sqrt: expr.sqrt(x),
  add: expr.add(x, y),
  sub: expr.sub(x, y),
  mul: expr.mul(x, y),
  div: expr.div(x, y),
  max: expr.max(x, y),
  min: expr.min(x, y),
  less: expr.less(x, y),
  equal: expr.equal(x, y),
  select: expr.select(x, y, expr.neg(y)),
  "select by a comparison": expr.select(expr.less(x, y), x, 5),
  "select by its opposite": expr.select(expr.sub(1, expr.equal(x, y)), x, 5),
  "a comparison as condition and number": expr.add(
    expr.less(x, y),
    expr.select(expr.less(x, y), 10, 20),
  ),
  "a comparison of comparisons": expr.less(expr.less(x, y), expr.equal(x, y)),
  input: x,
  "the second input": y,
  constant: expr.constant(2.5),
  "the constant −0": expr.constant(-0),
};

/** Beside bounds of all kinds, on either side. */
const bounded = [0, -0, 1.5, -2.5, infinity, -infinity, nan].flatMap((bound): [string, Expr][] => {
  const name = Object.is(bound, -0) ? "-0" : bound;
  return [
    [`max(x, ${name})`, expr.max(x, bound)],
    [`max(${name}, x)`, expr.max(bound, x)],
    [`min(x, ${name})`, expr.min(x, bound)],
    [`min(${name}, x)`, expr.min(bound, x)],
  ];
});

describe.each(["f32", "f64"] as const)("expressions in %s", (type) => {
  const round = type === "f32" ? Math.fround : Number;

  test.each([...Object.entries(exactFunctions), ...bounded])("%s", (_, expression) => {
    const results = computed(type, expression, lefts.map(round), rights.map(round));
    pairs.forEach(([a, b], i) => {
      const expected = round(expr.evaluate(expression, [round(a), round(b)]));
      expect(results[i], `of ${a} and ${b}`).toBe(expected);
    });
  });

  test("compute equal parts once", () => {
    let doubled: Expr = x;
    for (let i = 0; i < 100; i++) {
      // Equal, but not the same objects.
      doubled = expr.add(expr.mul(doubled, 0.5), expr.mul(doubled, 0.5));
    }
    expect(computed(type, doubled, [3, 4])).toEqual([3, 4]);
  });
});

describe("expressions in i32", () => {
  const integers = [0, 1, -1, 2, 7, -7, 2 ** 31 - 1, -(2 ** 31), 65536, 123456789];
  const integerPairs = integers.flatMap((a) => integers.map((b) => [a, b] as const));
  const expressions: Readonly<Record<string, Expr>> = {
    neg: expr.neg(x),
    abs: expr.abs(x),
    floor: expr.floor(x),
    add: expr.add(x, y),
    sub: expr.sub(x, y),
    mul: expr.mul(x, y),
    max: expr.max(x, y),
    min: expr.min(x, y),
    less: expr.less(x, y),
    equal: expr.equal(x, y),
    select: expr.select(x, y, 3),
    "select by a comparison": expr.select(expr.less(x, y), x, y),
    "max with a constant": expr.max(x, 0),
    constant: expr.constant(-5),
  };

  const inIntegers = (expression: Expr, ...inputs: readonly (readonly number[])[]): number[] => {
    const { workspace, upload, download } = createTestWorkspace();
    const count = inputs[0]?.length ?? 1;
    const out = upload([], "i32", 1, count);
    const views = inputs.map((values) => upload(values, "i32", 1, count));
    map(workspace, [{ inputs: views, out }], expression);
    return download(out);
  };

  test.each(Object.entries(expressions))("%s", (_, expression) => {
    const inputs = [0, 1].map((side) => integerPairs.map((pair) => pair[side]!));
    const expected = integerPairs.map((pair) => expr.evaluateInteger(expression, pair));
    expect(inIntegers(expression, ...inputs)).toEqual(expected.map((value) => value | 0));
  });

  test.each([
    expr.exp(x),
    expr.log(x),
    expr.sqrt(x),
    expr.tanh(x),
    expr.erf(x),
    expr.div(x, y),
    expr.pow(x, y),
    expr.mul(x, 0.5),
  ])("do not have %o", (expression) => {
    expect(() => inIntegers(expression, [1], [2])).toThrow(
      expect.objectContaining({ code: "DTYPE" }) as BlkError,
    );
  });
});

test("inputs are asked for once each, and only those that occur", () => {
  const asked: number[] = [];
  const m = new ModuleBuilder();
  m.func("f", {}, (f) => {
    expressionVector(f, "f32", expr.add(expr.mul(z, x), expr.sub(z, x)), (index) => {
      asked.push(index);
      return f.local("v128");
    });
  });
  expect(asked.sort()).toEqual([0, 2]);
});
