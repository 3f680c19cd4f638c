import { expr } from "@blk/core";
import { describe, expect, test } from "vitest";
import { noise, useBackend } from "./matrices.js";

const bench = useBackend();
const x = expr.input(0);

describe("long sums", () => {
  const long = 300_007;
  const numbers = noise(long);
  const exact = numbers.reduce((sum, value) => sum + value, 0);
  const magnitude = numbers.reduce((sum, value) => sum + Math.abs(value), 0);

  test.each([
    ["a row", 1, long],
    ["a column", long, 1],
  ])("of %s are far better than terms added one by one", async (_, rows, cols) => {
    const { backend, matrix, read } = bench();
    const out = matrix("f32", 1, 1);
    const { bytes } = backend.memoryUsage();
    const input = matrix("f32", rows, cols, numbers);
    backend.reduce([{ inputs: [input], out }], { expr: x, op: "sum" });
    expect(backend.memoryUsage().bytes - bytes).toBe(4 * long);
    const [sum] = await read(out);
    // A chain is 32 terms long, and there are three rounds of at most 6 + 32 additions.
    expect(Math.abs(sum! - exact)).toBeLessThan(120 * 2 ** -24 * magnitude);
    // The same call gives the same bits.
    backend.reduce([{ inputs: [input], out }], { expr: x, op: "sum" });
    expect((await read(out))[0]).toBe(sum);
  });

  test("of i32 wrap around, in pieces as well", async () => {
    const { backend, matrix, read } = bench();
    const integers = Int32Array.from({ length: long }, (_, i) => Math.imul(i, 2654435761));
    const out = matrix("i32", 1, 1);
    const inputs = [matrix("i32", 1, long, integers)];
    backend.reduce([{ inputs, out }], { expr: x, op: "sum" });
    expect((await read(out))[0]).toBe(integers.reduce((sum, value) => (sum + value) | 0, 0));
  });
});

test("an argmax of pieces is the first of the largest", async () => {
  const { backend, matrix, read } = bench();
  const [rows, cols] = [3, 70_000];
  const numbers = new Float32Array(rows * cols).fill(-5);
  for (const at of [69_999, 40_000, 40_001]) numbers[at] = 2;
  for (const at of [12, 65_000]) numbers[cols + at] = Number.NaN;
  const inputs = [matrix("f32", rows, cols, numbers)];
  const perRow = matrix("i32", rows, 1);
  const perColumn = matrix("i32", 1, cols);
  const all = matrix("i32", 1, 1);
  const tasks = [perRow, perColumn, all].map((out) => ({ inputs, out }));
  backend.reduce(tasks, { expr: x, op: "argmax" });
  expect([...(await read(perRow))]).toEqual([40_000, 12, 0]);
  const columns = await read(perColumn);
  expect([columns[0], columns[12], columns[40_001], columns[65_000]]).toEqual([0, 1, 0, 1]);
  expect((await read(all))[0]).toBe(cols + 12);
});

test.each([
  ["max", [1, -0, 0], 1],
  ["max", [-0, 0, -1], 0],
  ["min", [0, -0, 5], -0],
  ["max", [-Infinity, -Infinity], -Infinity],
  ["min", [Infinity, 3], 3],
  ["max", [1, Number.NaN, 2], Number.NaN],
  ["min", [1, -Number.NaN, -2], Number.NaN],
  ["max", [], -Infinity],
  ["min", [], Infinity],
  ["sum", [], 0],
] as const)("%s of %j", async (op, numbers, expected) => {
  const { backend, matrix, read } = bench();
  const out = matrix("f32", 1, 1);
  const inputs = [matrix("f32", 1, numbers.length, numbers)];
  backend.reduce([{ inputs, out }], { expr: x, op });
  expect((await read(out))[0]).toBe(expected);
});

test("zeros of either sign are equally large", async () => {
  const { backend, matrix, read } = bench();
  const out = matrix("i32", 1, 1);
  backend.reduce([{ inputs: [matrix("f32", 1, 3, [-1, -0, 0])], out }], { expr: x, op: "argmax" });
  expect((await read(out))[0]).toBe(1);
});

test("a list of tasks in the same buffers is one launch", async () => {
  const { backend, matrix, read } = bench();
  const whole = matrix("f32", 40, 10, noise(400));
  const out = matrix("f32", 40, 1);
  const tasks = Array.from({ length: 40 }, (_, i) => ({
    inputs: [{ ...whole, rows: 1, offset: 10 * i }],
    out: { ...out, rows: 1, offset: i },
  }));
  const { dispatches } = backend.counts;
  backend.reduce(tasks, { expr: x, op: "max" });
  const numbers = await read(whole);
  const expected = Array.from({ length: 40 }, (_, i) =>
    Math.max(...numbers.slice(10 * i, 10 * i + 10)),
  );
  expect([...(await read(out))]).toEqual(expected);
  expect(backend.counts.dispatches - dispatches).toBe(1);
});
