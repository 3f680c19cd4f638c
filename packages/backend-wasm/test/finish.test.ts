import { type Expr, expr, type ProductOptions } from "@blk/core";
import { expect, test } from "vitest";
import { Finishes } from "../src/finish.js";

const root = expr.input(0);
const product = expr.mul(expr.input(1), root);

const forms: readonly (readonly [ProductOptions, Expr | undefined])[] = [
  [{}, undefined],
  [{ alpha: 2 }, product],
  [{ beta: 2 }, expr.add(root, expr.mul(expr.input(1), expr.input(2)))],
  [{ alpha: 2, beta: 2 }, expr.add(product, expr.mul(expr.input(2), expr.input(3)))],
];

test.each(forms)("the finishing of %o", (options, expected) => {
  const finishes = new Finishes();
  const epilogue = expr.sub(expr.input(1), expr.exp(expr.input(0)));
  // All forms are asked for before, so that one that is taken for another shows.
  for (const alpha of [1, 2]) {
    for (const beta of [0, 2]) {
      for (const of of [undefined, epilogue]) {
        finishes.of("f32", { alpha, beta, ...(of && { epilogue: of }) });
      }
    }
  }
  const { alpha = 1, beta = 0 } = options;
  const plain = finishes.of("f32", options);
  expect(plain.expression).toEqual(expected);
  expect([plain.hasAlpha, plain.hasBeta]).toEqual([alpha !== 1, beta !== 0]);
  const more = (alpha === 1 ? 0 : 1) + (beta === 0 ? 0 : 2);
  const ended = finishes.of("f32", { ...options, epilogue });
  expect(ended.expression).toEqual(expr.sub(expr.input(1 + more), expr.exp(expected ?? root)));
  expect(finishes.of("f32", { ...options, epilogue })).toBe(ended);
});

test("i32 takes whole scalars only", () => {
  const finishes = new Finishes();
  for (const options of [{ alpha: 0.5 }, { beta: 0.5 }]) {
    expect(() => finishes.of("i32", options)).toThrow(/must be integers for i32/);
    expect(() => finishes.of("f32", options)).not.toThrow();
  }
});
