import type { Backend } from "@blk/core";
import { expect, test } from "vitest";
import { keptNumbers } from "../src/kept-numbers.js";

/** A backend whose arithmetic always gives these two numbers. */
function giving(...results: readonly number[]): Backend {
  const buffer = { byteLength: 8, disposed: false, dispose: () => {} };
  const backend: Partial<Backend> = {
    allocate: () => buffer,
    write: () => {},
    map: () => {},
    read: async () => Float32Array.from(results),
  };
  return backend as Backend;
}

test.each([
  [Number.NaN, 2 ** -139, true, true],
  [0, 0, false, false],
  [Number.NaN, 0, true, false],
])("∞ − ∞ = %d and 2·2⁻¹⁴⁰ = %d tell what is kept", async (difference, product, ...kept) => {
  const [keepsNonFinite, keepsSubnormals] = kept;
  const found = await keptNumbers(giving(difference, product));
  expect(found).toEqual({ keepsNonFinite, keepsSubnormals });
});
