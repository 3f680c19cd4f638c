import { broadcastView, type DType, dtypes, type Expr, expr, gelu, isBlkError } from "@blk/core";
import { describe, expect, test } from "vitest";
import {
  expectElements,
  fromRows,
  get,
  layouts,
  matrix,
  random,
  stored,
  tinyBackend,
} from "./matrices.js";

const backend = tinyBackend();
const { add, input, max, mul, select, less, sub } = expr;

describe.each(dtypes)("map of %s", (dtype) => {
  test("all sizes and layouts", () => {
    const expression = sub(mul(input(0), input(1)), 3);
    for (const rows of [0, 1, 3, 8, 9]) {
      for (const cols of [0, 1, 2, 7, 8, 9, 23]) {
        for (const layout of layouts) {
          const x = random(backend, dtype, rows, cols, layout, 1);
          const y = random(backend, dtype, rows, cols, "transposed", 2);
          const out = matrix(backend, dtype, rows, cols, layout);
          backend.map([{ inputs: [x, y], out }], expression);
          expectElements(backend, out, (i, j) => {
            const [p, q] = [get(backend, x, i, j), get(backend, y, i, j)];
            return stored(dtype, dtype === "i32" ? (Math.imul(p, q) - 3) | 0 : p * q - 3);
          });
        }
      }
    }
  });

  test("broadcast inputs", () => {
    const x = random(backend, dtype, 9, 7, "dense", 1);
    const row = broadcastView(random(backend, dtype, 1, 7, "dense", 2), 9, 7);
    const column = broadcastView(random(backend, dtype, 9, 1, "dense", 3), 9, 7);
    const out = matrix(backend, dtype, 9, 7);
    backend.map([{ inputs: [x, row, column], out }], max(max(input(0), input(1)), input(2)));
    expectElements(backend, out, (i, j) =>
      Math.max(...[x, row, column].map((view) => get(backend, view, i, j))),
    );
  });

  test.each(dtypes)("of %s inputs converts as they are read", (from) => {
    const numbers = [0, 1, -1, 2.5, -2.5, 1e10, -1e10, 1e300, -0, 2 ** 24 + 1, 0.1];
    const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const x = fromRows(backend, from, [[...numbers, ...specials]]);
    const out = matrix(backend, dtype, 1, 14);
    backend.map([{ inputs: [x], out }], input(0));
    expectElements(backend, out, (i, j) => converted(get(backend, x, i, j), dtype));
  });
});

function converted(value: number, to: DType): number {
  if (to !== "i32") return stored(to, to === "f64" ? value : Math.fround(value));
  if (Number.isNaN(value)) return 0;
  return Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)) + 0;
}

describe("map", () => {
  const x = input(0);
  const y = input(1);
  const samples = [-2, -1.5, -0.3, -0, 0, 0.7, 1, 3, 700, Number.NaN, 1 / 0, -1 / 0];
  const pairs = samples.flatMap((p) => samples.map((q) => [p, q]));
  const columns = [0, 1].map((c) =>
    fromRows(
      backend,
      "f64",
      pairs.map((pair) => [pair[c]!]),
    ),
  );

  test.each([
    ...expr.unaryOps.map((op) => [op, expr.unary(op, x)] as const),
    ...expr.binaryOps.map((op) => [op, expr.binary(op, x, y)] as const),
    ["select", select(x, y, 2)] as const,
    ["gelu", gelu(sub(x, y))] as const,
    ["a constant", expr.constant(3)] as const,
    ["an input twice", add(x, x)] as const,
  ])("%s has the value of expr.evaluate", (_, expression: Expr) => {
    const out = matrix(backend, "f64", pairs.length, 1);
    backend.map([{ inputs: columns, out }], expression);
    expectElements(backend, out, (i) => expr.evaluate(expression, pairs[i]!));
  });

  test.each([
    ...expr.unaryOps.map((op) => [op, expr.unary(op, x)] as const),
    ...expr.binaryOps.map((op) => [op, expr.binary(op, x, y)] as const),
  ])("%s on i32 wraps, or throws DTYPE where it is not defined", (op, expression) => {
    const numbers = [0, 1, -1, 5, 2 ** 31 - 1, -(2 ** 31), 65537];
    const integers = numbers.flatMap((p) => numbers.map((q) => [p, q] as const));
    const inputs = [0, 1].map((c) =>
      fromRows(
        backend,
        "i32",
        integers.map((pair) => [pair[c]!]),
      ),
    );
    const out = matrix(backend, "i32", integers.length, 1);
    const run = (): void => backend.map([{ inputs, out }], expression);
    if (!expr.integerOps.has(op)) {
      expect(run).toThrow(expect.toSatisfy((error) => isBlkError(error, "DTYPE")));
      return;
    }
    run();
    expectElements(backend, out, (i) => {
      const [p, q] = integers[i]!;
      const value =
        expression.kind === "unary"
          ? expr.applyUnaryInteger(expression.op, p)!
          : expr.applyBinaryInteger((expression as { op: "add" }).op, p, q)!;
      return value + 0;
    });
  });

  test("computes in double and rounds f32 once", () => {
    const one = fromRows(backend, "f32", [[2 ** 24]]);
    const out = matrix(backend, "f32", 1, 1);
    backend.map([{ inputs: [one], out }], sub(add(x, 1), 2 ** 24));
    expectElements(backend, out, () => 1);
  });

  test("refuses constants that i32 lacks", () => {
    const out = matrix(backend, "i32", 1, 1);
    expect(() => backend.map([{ inputs: [], out }], expr.constant(0.5))).toThrow("0.5");
  });

  test("keeps its intermediate results apart, however many there are", () => {
    // A tree whose left and right halves must all be alive at the end.
    const tree = (depth: number, at: number): Expr =>
      depth === 0
        ? add(input(at % 2), at)
        : select(
            less(tree(depth - 1, 2 * at), tree(depth - 1, 2 * at + 1)),
            tree(depth - 1, at + 1),
            tree(depth - 1, at),
          );
    const expression = tree(5, 1);
    const p = random(backend, "f64", 3, 11, "dense", 1);
    const q = random(backend, "f64", 3, 11, "dense", 2);
    const out = matrix(backend, "f64", 3, 11);
    for (let repeat = 0; repeat < 2; repeat++) {
      backend.map([{ inputs: [p, q], out }], expression);
      expectElements(backend, out, (i, j) =>
        expr.evaluate(expression, [get(backend, p, i, j), get(backend, q, i, j)]),
      );
    }
  });

  test("stays right when more expressions were compiled than are remembered", () => {
    const p = random(backend, "f32", 1, 9, "dense", 1);
    const out = matrix(backend, "f32", 1, 9);
    for (let c = 0; c < 600; c++) {
      backend.map([{ inputs: [p], out }], add(x, c % 300));
      expectElements(backend, out, (i, j) => Math.fround(get(backend, p, i, j) + (c % 300)));
    }
  });
});
