import { expect, test } from "vitest";
import { cut, lanesOf } from "../src/reduce-plan.js";

const invocations = 64;
const adjacent = { offset: 0, outer: 0, result: 1000, inner: 1 };
const across = { offset: 0, outer: 0, result: 1, inner: 1000 };

test("pieces cover a result and none is empty", () => {
  for (const results of [1, 3, 64, 5000]) {
    for (const length of [0, 1, 5, 2047, 2048, 2049, 1e6, 3e7]) {
      for (const input of [adjacent, across]) {
        const { width, chunk, pieces } = cut({ results, length, inputs: [input] }, invocations);
        expect(Number.isInteger(Math.log2(width)) && width <= invocations).toBe(true);
        expect(chunk * pieces).toBeGreaterThanOrEqual(length);
        expect(pieces === 1 || chunk * (pieces - 1) < length).toBe(true);
      }
    }
  }
});

test("neighbouring results are computed side by side where their elements are", () => {
  const shape = { results: 500, length: 500 };
  expect(cut({ ...shape, inputs: [across] }, invocations).width).toBe(32);
  expect(cut({ ...shape, inputs: [adjacent] }, invocations).width).toBe(1);
  expect(cut({ ...shape, results: 3, inputs: [across] }, invocations).width).toBe(4);
});

test("short rows share a workgroup", () => {
  expect([0, 1, 4, 5, 17, 256, 10_000].map((length) => lanesOf(length, invocations))).toEqual([
    1, 1, 1, 2, 8, 64, 64,
  ]);
});
