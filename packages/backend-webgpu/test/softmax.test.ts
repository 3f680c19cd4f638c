import { expect, test } from "vitest";
import { noise, useBackend } from "./matrices.js";

const bench = useBackend();

test.each([
  [5, 1],
  [130, 3],
  [7, 64],
  [3, 1000],
  [2, 9001],
])("rows of %d×%d sum to one and keep their ratios", async (rows, cols) => {
  const { backend, matrix, read } = bench();
  const numbers = noise(rows * cols).map((value) => 40 * value);
  const out = matrix("f32", rows, cols);
  backend.fused.softmax([{ inputs: [matrix("f32", rows, cols, numbers)], out }]);
  const results = await read(out);
  for (let i = 0; i < rows; i++) {
    const row = numbers.subarray(i * cols, (i + 1) * cols);
    const largest = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    row.forEach((value, j) => {
      const expected = Math.exp(value - largest) / total;
      expect(Math.abs(results[i * cols + j]! - expected)).toBeLessThan(expected * 1e-5 + 1e-37);
    });
  }
});

test("of −∞ it is 0, and of only −∞ NaN", async () => {
  const { backend, matrix, read } = bench();
  const low = -Infinity;
  const out = matrix("f32", 2, 2);
  backend.fused.softmax([{ inputs: [matrix("f32", 2, 2, [low, 1, low, low])], out }]);
  expect([...(await read(out))]).toEqual([0, 1, Number.NaN, Number.NaN]);
});
