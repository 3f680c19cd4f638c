import { type Backend, denseView, type MatrixView, transposeView } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wasm } from "../src/index.js";

const [m, k, n] = [401, 300, 259];

let one: Backend;
let three: Backend;

beforeAll(async () => {
  one = await wasm({ threads: 1 }).create();
  three = await wasm({ threads: 3 }).create();
});

afterAll(async () => {
  await Promise.all([one, three].map((backend) => backend.dispose()));
});

function numbers(backend: Backend, rows: number, cols: number, seed: number): MatrixView {
  const buffer = backend.allocate(4 * rows * cols);
  const values = Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i * seed + 1));
  backend.write(buffer, values);
  return denseView(buffer, "f32", rows, cols);
}

async function bits(backend: Backend, options: { transposed?: boolean } = {}): Promise<Int32Array> {
  const a = numbers(backend, m, k, 0.7);
  const b = options.transposed
    ? transposeView(numbers(backend, n, k, 0.3))
    : numbers(backend, k, n, 0.3);
  const c = denseView(backend.allocate(4 * m * n), "f32", m, n);
  const before = backend.memoryUsage();
  backend.multiply([{ c, terms: [{ a, b }] }], { alpha: 0.5 });
  expect(backend.memoryUsage()).toEqual(before);
  const result = (await backend.read(c)) as Float32Array;
  for (const view of [a, b, c]) view.buffer.dispose();
  return new Int32Array(result.buffer, result.byteOffset, result.length);
}

describe("what threads share is packed once", () => {
  test.each([false, true])(
    "with the bits of one thread, and given back: transposed %s",
    async (transposed) => {
      expect(await bits(three, { transposed })).toEqual(await bits(one, { transposed }));
    },
  );

  test("the plan counts it", () => {
    const buffer = { byteLength: 4 * m * k, disposed: false, dispose: () => undefined };
    const view = (rows: number, cols: number): MatrixView => denseView(buffer, "f32", rows, cols);
    const products = [{ c: view(m, n), terms: [{ a: view(m, k), b: view(k, n) }] }];
    const bytes = (backend: Backend): number => backend.plan!(products).workspaceBytes;
    // A build without shared memory has one thread here as well.
    const { threads } = three.capabilities;
    expect(bytes(three)).toBe(threads * bytes(one) + (threads > 1 ? 4 * k * n : 0));
  });
});

test("without memory for it, the pieces pack for themselves", async () => {
  const small = await wasm({ threads: 3, memoryLimit: 16 * 2 ** 20 }).create();
  const spare: { dispose(): void }[] = [];
  const [a, b] = [numbers(small, m, k, 0.7), numbers(small, k, n, 0.3)];
  const c = denseView(small.allocate(4 * m * n), "f32", m, n);
  small.multiply([{ c, terms: [{ a, b }] }]);
  const expected = await small.read(c);
  for (let bytes = 2 ** 20; bytes >= 2 ** 14; ) {
    try {
      spare.push(small.allocate(bytes));
    } catch {
      bytes /= 2;
    }
  }
  small.multiply([{ c, terms: [{ a, b }] }]);
  expect(await small.read(c)).toEqual(expected);
  await small.dispose();
});
