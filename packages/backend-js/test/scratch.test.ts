import { expect, test } from "vitest";
import { Scratch } from "../src/scratch.js";

test("each purpose keeps the largest array asked for", () => {
  const scratch = new Scratch((length) => new Float64Array(length));
  const a = scratch.take("a", 10);
  expect(a.length).toBe(10);
  expect(scratch.take("a", 3)).toBe(a);
  expect(scratch.take("b", 3)).not.toBe(a);
  const larger = scratch.take("a", 11);
  expect(larger.length).toBe(11);
  expect(scratch.take("a", 10)).toBe(larger);
});
