import { expect, test } from "vitest";
import { chosenOf, ofSizes, selectionOf, sizeOf, sizesOf } from "../src/app/worker/chosen.js";
import { UsageError } from "../src/usage-error.js";

test.each([
  ["matmul/f32/512", 512],
  ["matmul/f32/thin/8x1024x64", 1024],
  ["block-sparse/f32/1024/block-32/density-10", 1024],
  ["matmul/f32/batch-64/128", 128],
  ["workload/ridge", 0],
])("the size of %s is %i", (id, size) => expect(sizeOf({ id })).toBe(size));

test("where the id tells no size, the label does", () => {
  const id = "block-sparse/f32/density-10";
  expect(sizeOf({ id, label: "10 % of 32×32 blocks, n = 512" })).toBe(512);
});

const options = { quick: false, peers: true, backends: [] };

test("cases of other sizes are left out, and those that a page does not compare", () => {
  const { performance, compared, related } = chosenOf({
    options: { ...options, cases: "matmul/f32/*" },
    sizes: [64, 256],
  });
  const ids = performance.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(["matmul/f32/64", "matmul/f32/256"]));
  expect(ids).not.toContain("matmul/f32/16");
  expect(ids).not.toContain("matmul/f32/512");
  expect(compared.map(({ id }) => id)).toEqual(["matmul/f32/256"]);
  expect(related).toEqual([]);
});

test("the sizes of timed cases are told in order, each once", () => {
  const all = chosenOf({ options: { ...options, peers: false, cases: "*/f64/*" } });
  const sizes = sizesOf(all);
  expect(sizes).toEqual([...new Set(sizes)].sort((x, y) => x - y));
  expect(sizes).toEqual(expect.arrayContaining([16, 64, 256, 512]));
  expect(sizesOf(ofSizes(all, [64]))).toEqual([64]);
});

test("what matches nothing is refused", () => {
  const request = { options: { ...options, cases: "nothing-like-this" } };
  expect(chosenOf(request).performance).toEqual([]);
  expect(() => selectionOf(request)).toThrow(UsageError);
  const eight = { options: { ...options, cases: "matmul/f32/8" } };
  expect(selectionOf({ ...eight, sizes: [8] }).performance).toHaveLength(1);
  expect(() => selectionOf({ ...eight, sizes: [512] })).toThrow(
    /none of these .* choose all sizes/,
  );
});
