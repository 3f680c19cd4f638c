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
const softmax = backend.fused!.softmax!;

describe.each(["f32", "f64", "f16"] as const)("softmax of %s", (dtype) => {
  test.each(layouts)("has the bits of the plain loops, %s", (layout) => {
    for (const [rows, cols] of [
      [0, 3],
      [3, 0],
      [1, 1],
      [4, 29],
    ] as const) {
      const x = random(backend, dtype, rows, cols, layout, 1);
      const out = matrix(backend, dtype, rows, cols, layout);
      softmax([{ inputs: [x], out }]);
      expectElements(backend, out, (i, j) => {
        const row = Array.from({ length: cols }, (_, k) => get(backend, x, i, k));
        const powers = row.map((v) => Math.exp(v - Math.max(...row)));
        return stored(dtype, powers[j]! / powers.reduce((sum, p) => sum + p, 0));
      });
    }
  });
});

describe("softmax", () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

  test.each([
    [
      [1000, 1000],
      [0.5, 0.5],
    ],
    [
      [-inf, 5],
      [0, 1],
    ],
    [
      [-inf, -inf],
      [nan, nan],
    ],
    [
      [inf, 0],
      [nan, nan],
    ],
    [
      [nan, 0],
      [nan, nan],
    ],
    [
      [-1e308, 1e308],
      [0, 1],
    ],
  ])("of %j", (row, expected) => {
    const out = matrix(backend, "f64", 1, 2);
    softmax([{ inputs: [fromRows(backend, "f64", [row])], out }]);
    expectElements(backend, out, (_, j) => expected[j]!);
  });

  test("of i32 is refused", () => {
    const x = matrix(backend, "i32", 1, 2);
    expect(() => softmax([{ inputs: [x], out: x }])).toThrow("i32");
  });
});
