import { expr } from "@blk/core";
import { expect, test } from "vitest";
import { KnownExpressions } from "../src/known-expressions.js";

const x = expr.input(0);

test("keys are equal but for the values of constants", () => {
  const known = new KnownExpressions();
  const [two, three] = [2, 3].map((c) => known.of(expr.mul(x, c)));
  expect(two!.key).toBe(three!.key);
  expect([two!.constants, three!.constants]).toEqual([[2], [3]]);
});

test("keys differ where constants are equal in one tree and not in the other", () => {
  const known = new KnownExpressions();
  const sum = (c: number, d: number): string =>
    known.of(expr.add(expr.mul(x, c), expr.constant(d))).key;
  expect(sum(2, 2)).not.toBe(sum(2, 3));
  expect(sum(4, 3)).toBe(sum(2, 3));
});

test("the operands that occur are ascending", () => {
  const expression = expr.add(expr.input(4), expr.mul(expr.input(1), expr.input(4)));
  expect(new KnownExpressions().of(expression).inputs).toEqual([1, 4]);
});
