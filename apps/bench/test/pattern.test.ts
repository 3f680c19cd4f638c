import { expect, test } from "vitest";
import { matchesPattern } from "../src/pattern.js";

test("a pattern is a part of the id, or all of it with *", () => {
  expect(matchesPattern("matmul/f64/512", undefined)).toBe(true);
  expect(matchesPattern("matmul/f64/512", "F64")).toBe(true);
  expect(matchesPattern("matmul/f64/512", "matmul/*")).toBe(true);
  expect(matchesPattern("matmul/f64/512", "f64*")).toBe(false);
  expect(matchesPattern("matmul/f64/512", "m.*2")).toBe(false);
});
