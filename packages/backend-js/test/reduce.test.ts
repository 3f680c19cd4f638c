import { dtypes, expr, type MatrixView, type ReductionOp } from "@blk/core";
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
const x = expr.input(0);
const ops = ["sum", "max", "min", "argmax"] as const;

/** The reduction of a list in its order, as the contract defines it. */
function plain(op: ReductionOp, values: readonly number[], integer: boolean): number {
  const [low, high] = integer ? [-(2 ** 31), 2 ** 31 - 1] : [-1 / 0, 1 / 0];
  switch (op) {
    case "sum":
      return values.reduce((sum, v) => (integer ? (sum + v) | 0 : sum + v), 0);
    case "max":
      return values.reduce((a, b) => Math.max(a, b), low);
    case "min":
      return values.reduce((a, b) => Math.min(a, b), high);
    case "argmax": {
      const nan = values.findIndex(Number.isNaN);
      return nan >= 0 ? nan : values.indexOf(Math.max(...values));
    }
  }
}

function elements(view: MatrixView): number[][] {
  return Array.from({ length: view.rows }, (_, i) =>
    Array.from({ length: view.cols }, (_, j) => get(backend, view, i, j)),
  );
}

function expectReduction(view: MatrixView, op: ReductionOp): void {
  const { rows, cols } = view;
  const rowsOf = elements(view);
  const integer = view.dtype === "i32";
  const dtype = op === "argmax" ? "i32" : view.dtype;
  for (const [m, n] of [
    [rows, 1],
    [1, cols],
    [1, 1],
  ] as const) {
    const out = matrix(backend, dtype, m, n, "padded");
    backend.reduce([{ inputs: [view], out }], { expr: x, op });
    expectElements(backend, out, (i, j) => {
      const list =
        m === 1 && n === 1 ? rowsOf.flat() : n === 1 ? rowsOf[i]! : rowsOf.map((row) => row[j]!);
      return stored(dtype, plain(op, list, integer));
    });
  }
}

describe.each(dtypes)("reduction of %s", (dtype) => {
  test.each(ops)("%s: all sizes, layouts and directions", (op) => {
    for (const rows of [0, 1, 2, 7, 9]) {
      for (const cols of [0, 1, 3, 8, 19]) {
        for (const layout of layouts) {
          expectReduction(random(backend, dtype, rows, cols, layout, 1), op);
        }
      }
    }
  });
});

describe("reduction", () => {
  test.each(ops)("%s of NaN, infinities and ties", (op) => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    expectReduction(
      fromRows(backend, "f32", [
        [1, nan, inf, nan, 2],
        [-inf, -inf, -inf, -inf, -inf],
        [3, 1, 3, -inf, 3],
        [inf, -inf, nan, 0, inf],
        [-0, 0, -0, 0, -0],
      ]),
      op,
    );
  });

  test("sums f32 in double and rounds once", () => {
    const view = fromRows(backend, "f32", [[2 ** 24, 1, 1, -(2 ** 24)]]);
    const out = matrix(backend, "f32", 1, 1);
    backend.reduce([{ inputs: [view], out }], { expr: x, op: "sum" });
    expectElements(backend, out, () => 2);
  });

  test("reduces an expression of several inputs", () => {
    const p = random(backend, "f64", 9, 13, "padded", 1);
    const q = random(backend, "f64", 9, 13, "transposed", 2);
    const out = matrix(backend, "f64", 9, 1);
    backend.reduce([{ inputs: [p, q], out }], { expr: expr.mul(x, expr.input(1)), op: "sum" });
    expectElements(backend, out, (i) => {
      let sum = 0;
      for (let j = 0; j < 13; j++) sum += get(backend, p, i, j) * get(backend, q, i, j);
      return sum;
    });
  });

  test("refuses an out of another shape", () => {
    const view = random(backend, "f32", 3, 4, "dense", 1);
    const out = matrix(backend, "f32", 1, 3);
    expect(() => backend.reduce([{ inputs: [view], out }], { expr: x, op: "sum" })).toThrow("1×3");
  });
});
