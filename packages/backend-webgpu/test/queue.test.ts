import { type CountingBackend, countsOf } from "@blk/conformance";
import { denseView, expr } from "@blk/core";
import { expect, test } from "vitest";
import { provider } from "./gpu.js";

test("what was written is read back", async () => {
  const backend = await provider.create();
  const buffer = backend.allocate(24);
  backend.write(buffer, new Float32Array([1, 2, 3, 4, 5, 6]));
  expect(await backend.read(denseView(buffer, "f32", 2, 3))).toEqual(
    new Float32Array([1, 2, 3, 4, 5, 6]),
  );
  await backend.finish();
  await backend.dispose();
});

test("arrays that are written between launches end no submission, unless they are large", async () => {
  const backend = (await provider.create()) as CountingBackend;
  const count = 2 ** 14 + 1;
  const buffers = Array.from({ length: 6 }, () => backend.allocate(4 * count));
  const [input, ...outs] = buffers.map((buffer) => denseView(buffer, "f32", 1, count));
  const write = (numbers: readonly number[], at = 0): void =>
    backend.write(input!.buffer, Float32Array.from(numbers), 4 * at);
  const copyTo = (k: number): void =>
    backend.map([{ inputs: [input!], out: outs[k]! }], expr.input(0));
  // Compiles the kernel.
  copyTo(0);
  await backend.finish();
  const firstOf = (k: number, columns = 3) => backend.read({ ...outs[k]!, cols: columns });

  const small = await countsOf(backend, () => {
    write([1, 2, 3]);
    copyTo(0);
    // Nothing reads it before: it goes ahead.
    backend.write(outs[4]!.buffer, Float32Array.of(7, 8, 9));
    write([4], 1);
    write([5, 6], 1);
    copyTo(1);
    write([9]);
    copyTo(2);
  });
  expect(small).toEqual({ dispatches: 3, submissions: 1, bytesRead: 0 });
  expect([...(await firstOf(0))]).toEqual([1, 2, 3]);
  expect([...(await firstOf(1))]).toEqual([1, 5, 6]);
  expect([...(await firstOf(2))]).toEqual([9, 5, 6]);
  expect([...(await firstOf(4))]).toEqual([7, 8, 9]);

  const large = new Float32Array(count).fill(3);
  const waiting = await countsOf(backend, () => {
    copyTo(0);
    backend.write(input!.buffer, large);
    copyTo(1);
    // What was written last is read, though the array behind it changes meanwhile.
    const changing = Float32Array.of(1);
    backend.write(input!.buffer, changing);
    changing[0] = 2;
    copyTo(3);
  });
  expect(waiting).toEqual({ dispatches: 3, submissions: 2, bytesRead: 0 });
  expect([...(await firstOf(0))]).toEqual([9, 5, 6]);
  expect([...(await firstOf(1))]).toEqual([3, 3, 3]);
  expect([...(await firstOf(3))]).toEqual([1, 3, 3]);
  await backend.dispose();
});
