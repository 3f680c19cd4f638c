import { expect, test } from "vitest";
import { loadProviders } from "../src/providers.js";

const names = async (threads?: number): Promise<readonly string[]> =>
  (await loadProviders(threads === undefined ? {} : { threads })).map(({ name }) => name);

test("a backend that has threads is measured with one, and with as many as are asked for", async () => {
  expect(await names()).toEqual(["wasm", "js", "webgpu"]);
  expect(await names(1)).toEqual(["wasm", "js", "webgpu"]);
  expect(await names(2)).toEqual(["wasm", "wasm (2 threads)", "js", "webgpu"]);
});
