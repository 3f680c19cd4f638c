import { asyncDisposeSymbol, type Backend, denseView, expr, isBlkError } from "@blk/core";
import { describe, expect, test } from "vitest";
import { js } from "../src/index.js";
import { fromRows, matrix, random, tinyBackend } from "./matrices.js";

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("provider", () => {
  test("is always available and makes a backend that describes itself", async () => {
    const provider = js();
    expect(await provider.probe()).toEqual({ available: true });
    const backend = await provider.create();
    expect([backend.name, backend.specVersion]).toEqual(["js", 1]);
    expect(backend.capabilities.device).toMatch(/^JavaScript/);
    await backend.dispose();
  });

  test("hands its options on", async () => {
    const backend = await js({ memoryLimit: 100, poolLimit: 0, params: { kc: 7 } }).create();
    expect(backend.capabilities.maxBufferBytes).toBe(100);
    expect(() => backend.allocate(101)).toThrow("the limit is 100");
    const error = await rejection(js({ params: { mc: 3 } }).create());
    expect(isBlkError(error, "ARGUMENT")).toBe(true);
  });
});

describe("write and read", () => {
  test("copy, with an offset, packed row by row", async () => {
    const backend = tinyBackend();
    const buffer = backend.allocate(24);
    const data = Float32Array.of(1, 2, 3, 4);
    backend.write(buffer, data, 8);
    data.fill(0);
    const view = denseView(buffer, "f32", 2, 2, 2);
    const before = backend.read(view);
    backend.write(buffer, Float32Array.of(9), 8);
    expect(await before).toEqual(Float32Array.of(1, 2, 3, 4));
    const transposed = { ...view, rowStride: 1, colStride: 2 };
    expect(await backend.read(transposed)).toEqual(Float32Array.of(9, 3, 2, 4));
    expect(await backend.read({ ...view, rows: 0, offset: 0 })).toEqual(new Float32Array(0));
  });

  test("check their bounds", () => {
    const backend = tinyBackend();
    const buffer = backend.allocate(8);
    expect(() => backend.write(buffer, new Float64Array(2))).toThrow("16 bytes at 0");
    expect(() => backend.write(buffer, new Float32Array(2), 4)).toThrow("8 bytes at 4");
    expect(() => backend.write(buffer, new Float32Array(1), -4)).toThrow("byteOffset");
  });

  test("an aborted signal rejects with its reason", async () => {
    const backend = tinyBackend();
    const view = random(backend, "f32", 2, 2, "dense", 1);
    const reason = new Error("changed my mind");
    expect(await rejection(backend.read(view, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await backend.read(view, { signal: new AbortController().signal })).toHaveLength(4);
  });
});

describe("after disposal", () => {
  test("every call throws DISPOSED with its name", async () => {
    const backend = tinyBackend();
    const view = matrix(backend, "f32", 1, 1);
    const x = expr.input(0);
    await backend[asyncDisposeSymbol]();
    await backend.dispose();
    const calls: Record<string, (b: Backend) => unknown> = {
      allocate: (b) => b.allocate(4),
      write: (b) => b.write(view.buffer, new Float32Array(1)),
      multiply: (b) => b.multiply([]),
      map: (b) => b.map([], x),
      reduce: (b) => b.reduce([], { expr: x, op: "sum" }),
      gather: (b) => b.gather(view, view, view),
      scatterAdd: (b) => b.scatterAdd(view, view, view),
      softmax: (b) => b.fused?.softmax?.([]),
      hostMemory: (b) => b.hostMemory?.(view.buffer, "f32"),
      read: (b) => b.read(view),
      finish: (b) => b.finish(),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await rejection((async () => call(backend))());
      expect(isBlkError(error, "DISPOSED"), name).toBe(true);
      expect((error as Error).message).toContain(name);
    }
    expect(view.buffer.disposed).toBe(true);
    view.buffer.dispose();
    expect(backend.memoryUsage()).toEqual({ buffers: 0, bytes: 0 });
  });

  test("a disposed buffer is refused by name of the operation", async () => {
    const backend = tinyBackend();
    const view = fromRows(backend, "f32", [[1]]);
    view.buffer.dispose();
    expect(() => backend.map([{ inputs: [], out: view }], expr.constant(1))).toThrow(
      "map: the buffer",
    );
    const error = await rejection(backend.read(view));
    expect(isBlkError(error, "DISPOSED")).toBe(true);
  });
});

test("steady work reuses its memory", () => {
  const backend = tinyBackend();
  const [a, b] = [
    random(backend, "f32", 9, 9, "dense", 1),
    random(backend, "f32", 9, 9, "dense", 2),
  ];
  const seen = new Set<unknown>();
  for (let step = 0; step < 5; step++) {
    const buffer = backend.allocate(9 * 9 * 4);
    seen.add(backend.hostMemory?.(buffer, "f32"));
    backend.multiply([{ c: denseView(buffer, "f32", 9, 9), terms: [{ a, b }] }]);
    buffer.dispose();
  }
  expect(seen.size).toBe(1);
});
