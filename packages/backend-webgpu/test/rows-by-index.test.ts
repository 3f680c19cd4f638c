import { expect, test } from "vitest";
import { noise, useBackend } from "./matrices.js";

const bench = useBackend();

test.each([
  [3, 1],
  [200, 2],
  [1000, 5],
  [70, 300],
])("scatterAdd into %d×%d rounds each sum in order, in all bands of rows", async (rows, cols) => {
  const { backend, matrix, read } = bench();
  const count = 700;
  // Some rows are hit often, some never, and some indices are outside.
  const indices = Int32Array.from({ length: count }, (_, i) => ((i * i * 31) % (rows + 9)) - 4);
  const source = noise(count * cols);
  const expected = noise(rows * cols);
  const out = matrix("f32", rows, cols, expected);
  indices.forEach((row, i) => {
    if (row < 0 || row >= rows) return;
    for (let j = 0; j < cols; j++) expected[row * cols + j]! += source[i * cols + j]!;
  });
  backend.scatterAdd(matrix("f32", count, cols, source), matrix("i32", count, 1, indices), out);
  expect(await read(out)).toEqual(expected);
});

test("gather copies every bit", async () => {
  const { backend, matrix, read } = bench();
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const source = matrix("f16", 2 ** 8, 2 ** 8);
  backend.write(source.buffer, bits);
  const indices = Int32Array.from({ length: 2 ** 8 }, (_, i) => 2 ** 8 - 1 - i);
  const out = matrix("f16", 2 ** 8, 2 ** 8);
  backend.gather(source, matrix("i32", 2 ** 8, 1, indices), out);
  const expected = bits.map((i) => (2 ** 8 - 1 - (i >> 8)) * 2 ** 8 + (i & 255));
  expect(await read(out)).toEqual(expected);
});

test("rows outside of a window are zeros, even if there is memory", async () => {
  const { backend, matrix, read } = bench();
  const whole = matrix("f32", 5, 2, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const source = { ...whole, rows: 2, offset: 4 };
  const out = matrix("f32", 5, 2);
  backend.gather(source, matrix("i32", 5, 1, [-1, 2, 1, 0, -(2 ** 31)]), out);
  expect([...(await read(out))]).toEqual([0, 0, 0, 0, 7, 8, 5, 6, 0, 0]);
});
