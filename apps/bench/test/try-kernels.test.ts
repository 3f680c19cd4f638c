import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import { type Backend, openBackend } from "@blk/core";
import { afterEach, expect, test, vi } from "vitest";
import { tryKernels } from "../src/try-kernels.js";
import { UsageError } from "../src/usage-error.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const limit = { timeout: 60_000 };

test("a backend that tries kernels by itself is given work until it has", limit, async () => {
  const backend = await openBackend([wasm({ threads: 1 })]);
  const trials = await tryKernels(backend, 30);
  expect(backend.memoryUsage().bytes).toBe(0);
  await backend.dispose();
  // In the order in which they end.
  expect(trials.map(({ kernels }) => kernels).sort()).toEqual(["f32 products", "f64 products"]);
  for (const { chosen, measured } of trials) {
    expect(measured.length).toBeGreaterThan(3);
    expect(measured.map(({ variant }) => variant)).toContain(chosen);
  }
});

test("one that cannot try any says why", limit, async () => {
  const { now } = performance;
  vi.spyOn(performance, "now").mockImplementation(() => Math.floor(now.call(performance)));
  const backend = await openBackend([wasm({ threads: 1 })]);
  await expect(tryKernels(backend, 1)).rejects.toThrow(/within 1 s; f32 products .*the clock/);
  await backend.dispose();
});

test("one that has tried nothing in time, or never does, is told", async () => {
  const late = await openBackend([wasm({ threads: 1 })]);
  // A note of before is no reason.
  const capabilities = Object.create(late.capabilities, { notes: { value: ["one thread"] } });
  const noted: Backend = Object.create(late, { capabilities: { value: capabilities } });
  for (const backend of [late, noted]) {
    await expect(tryKernels(backend, 0)).rejects.toThrow(
      /^wasm tried no other kernels within 0 s; try it once more$/,
    );
  }
  await late.dispose();
  const plain = await openBackend([js()]);
  await expect(tryKernels(plain, 30)).rejects.toThrow(UsageError);
  await expect(tryKernels(plain, 30)).rejects.toThrow(/js has one kernel for each type/);
  await plain.dispose();
});
