import { type Backend, denseView } from "@blk/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { provider } from "./gpu.js";

let backend: Backend;
beforeAll(async () => {
  backend = await provider.create();
});
afterAll(() => backend.dispose());

const count = 9;
const before = Uint16Array.from({ length: count }, (_, i) => 0xa000 + i);

test("any halves of a buffer are written, and no others", async () => {
  const buffer = backend.allocate(2 * count);
  for (let start = 0; start <= count; start++) {
    for (let end = start; end <= count; end++) {
      backend.write(buffer, before);
      const data = Uint16Array.from({ length: end - start }, (_, i) => 0x5000 + 16 * start + i);
      backend.write(buffer, data, 2 * start);
      const expected = before.slice();
      expected.set(data, start);
      const read = await backend.read(denseView(buffer, "f16", 1, count));
      expect([...read], `${start} to ${end}`).toEqual([...expected]);
    }
  }
  buffer.dispose();
});

test("an array that begins in the middle of its own memory is written as it is", async () => {
  const buffer = backend.allocate(2 * count);
  backend.write(buffer, before);
  const memory = Uint16Array.from({ length: 8 }, (_, i) => i + 1);
  backend.write(buffer, memory.subarray(1, 6), 6);
  memory.fill(0);
  const expected = before.slice();
  expected.set([2, 3, 4, 5, 6], 3);
  expect([...(await backend.read(denseView(buffer, "f16", 1, count)))]).toEqual([...expected]);
  buffer.dispose();
});

test("halves are written in the order of the calls", async () => {
  const buffer = backend.allocate(4);
  const writeHalf = (bits: number, at: number): void =>
    backend.write(buffer, Uint16Array.of(bits), at);
  writeHalf(1, 0);
  backend.write(buffer, Uint16Array.of(5, 6));
  writeHalf(7, 2);
  expect([...(await backend.read(denseView(buffer, "f16", 1, 2)))]).toEqual([5, 7]);
  buffer.dispose();
});

test("an offset in the middle of an element is refused", () => {
  const buffer = backend.allocate(8);
  expect(() => backend.write(buffer, Uint16Array.of(1), 1)).toThrow("multiple");
  buffer.dispose();
});
