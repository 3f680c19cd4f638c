import { wasm } from "@blk/backend-wasm";
import { type Backend, openBackend } from "@blk/core";
import { expect, test } from "vitest";
import { awaitOwnTrials } from "../src/own-trials.js";

test("types that a backend has are worked with, until they are tried", {
  timeout: 60_000,
}, async () => {
  const backend = await openBackend([wasm({ threads: 1 })]);
  const capabilities = Object.create(backend.capabilities, { dtypes: { value: ["f32"] } });
  const single: Backend = Object.create(backend, { capabilities: { value: capabilities } });
  // It ends with the trial, not with the time.
  await awaitOwnTrials(single, 1e6);
  expect(backend.capabilities.trials?.map(({ kernels }) => kernels)).toEqual(["f32 products"]);
  expect(backend.memoryUsage().bytes).toBe(0);
  await backend.dispose();
});

test("where there is no room for all types, what was taken is given back", async () => {
  const room = 2.5 * 2 ** 20;
  const backend = await openBackend([wasm({ threads: 1, memoryLimit: room })]);
  await expect(awaitOwnTrials(backend, 30)).rejects.toThrow("no room for 2097152 bytes");
  expect(backend.memoryUsage().bytes).toBe(0);
  await backend.dispose();
});
