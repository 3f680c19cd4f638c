import { js } from "@blk/backend-js";
import { BlockMatrix, matmul } from "@blk/core";
import { expect, test } from "vitest";
import { loadProviders, openBackends } from "../src/backends.js";
import { renamed } from "../src/renamed.js";

const names = async (threads?: number): Promise<readonly string[]> =>
  (await loadProviders(threads === undefined ? {} : { threads })).map(({ name }) => name);

test("a backend that has threads is measured with one, and with as many as are asked for", async () => {
  expect(await names()).toEqual(["wasm", "js"]);
  expect(await names(1)).toEqual(["wasm", "js"]);
  expect(await names(2)).toEqual(["wasm", "wasm (2 threads)", "js"]);
});

test("a name means a backend with whatever threads, or exactly the one", async () => {
  const providers = await loadProviders({ threads: 2 });
  const opened = async (name: string): Promise<readonly (readonly [string, number])[]> => {
    const backends = (await openBackends(providers, [name])).opened;
    const found = backends.map((b) => [b.name, b.capabilities.threads] as const);
    for (const backend of backends) await backend.dispose();
    return found;
  };
  expect(await opened("wasm")).toEqual([
    ["wasm", 1],
    ["wasm (2 threads)", 2],
  ]);
  expect(await opened("wasm (2 threads)")).toEqual([["wasm (2 threads)", 2]]);
  expect(await opened("js")).toEqual([["js", 1]]);
});

test("how long opening takes is noted", async () => {
  const { opened, entries } = await openBackends([js()]);
  expect(entries[0]?.openSeconds).toBeGreaterThan(0);
  expect(entries[0]?.openSeconds).toBeLessThan(5);
  for (const backend of opened) await backend.dispose();
});

test("under another name, a backend is what it was", async () => {
  const backend = await renamed(js(), "mine").create();
  expect(backend.name).toBe("mine");
  expect(backend.multiply).toBe(backend.multiply);
  const a = BlockMatrix.fromRows(backend, [[2]]);
  const product = matmul(a, a);
  expect(await product.toRows()).toEqual([[4]]);
  expect(backend.memoryUsage().buffers).toBe(2);
  await backend.dispose();
  expect(backend.memoryUsage().buffers).toBe(0);
});
