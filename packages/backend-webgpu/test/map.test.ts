import { decodeHalf, encodeHalf, expr, isBlkError } from "@blk/core";
import { expect, test } from "vitest";
import { useBackend } from "./matrices.js";

const bench = useBackend();
const [x, y] = [expr.input(0), expr.input(1)];

test("floats become i32 truncated and saturated, NaN 0", async () => {
  const { backend, matrix, read } = bench();
  const numbers = [1.9, -1.9, 2 ** 31, 3e9, -3e9, Infinity, -Infinity, Number.NaN, 2147483520];
  const out = matrix("i32", 1, numbers.length);
  backend.map([{ inputs: [matrix("f32", 1, numbers.length, numbers)], out }], x);
  const [most, least] = [2 ** 31 - 1, -(2 ** 31)];
  expect([...(await read(out))]).toEqual([1, -1, most, most, least, most, least, 0, 2147483520]);
});

test("f32 is rounded to f16 to nearest, ties to even, as on the host", async () => {
  const { backend, matrix, read } = bench();
  const numbers: number[] = [Infinity, -Infinity, Number.NaN, 0, 2 ** -24, 2 ** -25, 2 ** -26];
  // All halves, what lies between them, and a little more and less.
  for (let bits = 0; bits < 0x7c00; bits += 37) {
    const [low, high] = [decodeHalf(bits), decodeHalf(bits + 1)];
    if (!Number.isFinite(high)) continue;
    const middle = (low + high) / 2;
    numbers.push(low, -low, middle, -middle, middle * (1 + 2 ** -20), middle * (1 - 2 ** -20));
  }
  numbers.push(65504, 65519.9, 65520, -65520, 1e30);
  const out = matrix("f16", 1, numbers.length);
  backend.map([{ inputs: [matrix("f32", 1, numbers.length, numbers)], out }], x);
  const expected = numbers.map((value) => encodeHalf(Math.fround(value)));
  expect([...(await read(out))]).toEqual(expected);
});

test("tasks in the same buffers are one launch, whatever their sizes", async () => {
  const { backend, matrix, read } = bench();
  const whole = matrix(
    "f32",
    1,
    5000,
    Float32Array.from({ length: 5000 }, (_, i) => i),
  );
  const out = matrix("f32", 1, 5000, new Float32Array(5000).fill(-1));
  const sizes = [3, 0, 1200, 1, 2500];
  let offset = 7;
  const tasks = sizes.map((cols) => {
    const task = { inputs: [{ ...whole, cols, offset }], out: { ...out, cols, offset } };
    offset += cols + 1;
    return task;
  });
  const { dispatches } = backend.counts;
  backend.map(tasks, expr.add(x, 1));
  const results = await read(out);
  expect(backend.counts.dispatches - dispatches).toBe(1);
  const expected = new Float32Array(5000).fill(-1);
  for (const { out: view } of tasks) {
    for (let j = 0; j < view.cols; j++) expected[view.offset + j] = view.offset + j + 1;
  }
  expect(results).toEqual(expected);
});

test("constants reach kernels as they are", async () => {
  const { backend, matrix, read } = bench();
  const input = matrix("f32", 1, 3, [1, -2, 0.5]);
  for (const constant of [0.1, -0, 1e-30, 3.4e38, Infinity, 7]) {
    const out = matrix("f32", 1, 3);
    backend.map([{ inputs: [input], out }], expr.add(expr.mul(x, 0), expr.constant(constant)));
    expect((await read(out))[0]).toBe(Math.fround(0 + constant));
  }
});

test("an input may be converted, broadcast and transposed at once", async () => {
  const { backend, matrix, read } = bench();
  const left = matrix("i32", 3, 2, [1, 2, 3, 4, 5, 6]);
  const right = { ...matrix("f16", 1, 3, [0.5, 1.5, 2.5]), rows: 2, rowStride: 0 };
  const transposed = { ...left, rows: 2, cols: 3, rowStride: 1, colStride: 2 };
  const out = matrix("f32", 2, 3);
  backend.map([{ inputs: [transposed, right], out }], expr.mul(x, y));
  expect([...(await read(out))]).toEqual([0.5, 4.5, 12.5, 1, 6, 15]);
});

test("i32 refuses what it does not have", () => {
  const { backend, matrix } = bench();
  const [input, out] = [matrix("i32", 1, 1, [1]), matrix("i32", 1, 1)];
  for (const expression of [expr.exp(x), expr.add(x, 0.5), expr.div(x, x)]) {
    try {
      backend.map([{ inputs: [input], out }], expression);
      expect.unreachable();
    } catch (error) {
      expect(isBlkError(error, "DTYPE")).toBe(true);
    }
  }
});
