import { expect, test } from "vitest";
import { pageProviders } from "../src/page/page-providers.js";

const names = (...options: Parameters<typeof pageProviders>): readonly string[] =>
  pageProviders(...options).map(({ name }) => name);

test("a page has what differs from Node, with as many threads as are asked for", () => {
  expect(names({})).toEqual(["webgpu", "wasm"]);
  expect(names({ threads: 2 })).toEqual(["webgpu", "wasm", "wasm (2 threads)"]);
});

test("plain JavaScript only where it is named", () => {
  expect(names({ backends: ["js"] })).toContain("js");
  expect(names({ backends: ["wasm", "js (Chromium 150)"] })).toContain("js");
  expect(names({ backends: ["wasm", "jax"] })).not.toContain("js");
});
