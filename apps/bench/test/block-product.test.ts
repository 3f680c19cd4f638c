import { js } from "@blk/backend-js";
import { openBackend } from "@blk/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Axis,
  addCut,
  type BlockProduct,
  lengthsOf,
  mostCuts,
  moveCut,
  raster,
  removeCut,
  size,
  termsOf,
  toggleBlock,
} from "../src/app/product/block-product.js";
import { explainProduct } from "../src/app/product/explain-product.js";

const uncut: BlockProduct = {
  cuts: { m: [], k: [], n: [] },
  absent: { a: new Set(), b: new Set() },
};
const axis = fc.constantFrom<Axis>("m", "k", "n");
const index = fc.nat(mostCuts);

/** Anything that a person may do, in any order. */
const acts = fc.array(
  fc.oneof(
    axis.map((axis) => (product: BlockProduct) => addCut(product, axis)),
    axis.map((axis) => (product: BlockProduct) => removeCut(product, axis)),
    fc.tuple(axis, index, fc.integer({ min: -size, max: 2 * size })).map(
      ([axis, i, to]) =>
        (product: BlockProduct) =>
          i < product.cuts[axis].length ? moveCut(product, axis, i, to) : product,
    ),
    fc
      .tuple(fc.constantFrom("a" as const, "b" as const), index, index)
      .map(([matrix, i, j]) => (product: BlockProduct) => {
        const [rows, cols] = matrix === "a" ? (["m", "k"] as const) : (["k", "n"] as const);
        const isThere = i <= product.cuts[rows].length && j <= product.cuts[cols].length;
        return isThere ? toggleBlock(product, matrix, `${i} ${j}`) : product;
      }),
  ),
  { maxLength: 30 },
);

test("whatever is done, cuts stay in order and what core explains is what the picture shows", async () => {
  const backend = await openBackend([js()]);
  fc.assert(
    fc.property(acts, (acts) => {
      const product = acts.reduce((state, act) => act(state), uncut);
      for (const cuts of Object.values(product.cuts)) {
        const lengths = lengthsOf(cuts);
        expect(lengths.length).toBeLessThanOrEqual(mostCuts + 1);
        expect(Math.min(...lengths)).toBeGreaterThanOrEqual(raster);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(size);
      }
      const { m, k, n } = product.cuts;
      let terms = 0;
      let multiplyAdds = 0;
      for (const [i, rows] of lengthsOf(m).entries()) {
        for (const [j, cols] of lengthsOf(n).entries()) {
          const inner = termsOf(product, i, j);
          terms += inner.length;
          for (const l of inner) multiplyAdds += rows * cols * (lengthsOf(k)[l] as number);
        }
      }
      const explained = explainProduct(backend, product);
      expect(explained.multiplyAdds).toBe(multiplyAdds);
      expect(explained.blockByBlock.terms).toBe(terms);
    }),
    { numRuns: 60 },
  );
  expect(backend.memoryUsage().buffers).toBe(0);
  await backend.dispose();
});

test("a block that is left out is forgotten with its cut", () => {
  const cut = toggleBlock(addCut(uncut, "m"), "a", "1 0");
  expect([...cut.absent.a]).toEqual(["1 0"]);
  expect(removeCut(cut, "m").absent.a.size).toBe(0);
  expect(toggleBlock(cut, "a", "1 0").absent.a.size).toBe(0);
});
