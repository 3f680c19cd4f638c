import { expect, test } from "vitest";
import { chosenOf, selectionOf, sizeOf } from "../src/app/worker/chosen.js";
import { UsageError } from "../src/usage-error.js";

test.each([
  ["matmul/f32/512", 512],
  ["matmul/f32/thin/8x1024x64", 1024],
  ["block-sparse/f32/1024/block-32/density-10", 1024],
  ["matmul/f32/batch-64/128", 128],
  ["workload/ridge", 0],
])("the size of %s is %i", (id, size) => expect(sizeOf(id)).toBe(size));

const options = { quick: false, peers: true, backends: [] };

test("larger cases are left out, and those that a page does not compare", () => {
  const { performance, compared, related } = chosenOf({
    options: { ...options, cases: "matmul/f32/*" },
    largest: 256,
  });
  const ids = performance.map(({ id }) => id);
  expect(ids).toContain("matmul/f32/256");
  expect(ids).not.toContain("matmul/f32/512");
  expect(compared.map(({ id }) => id)).toEqual(["matmul/f32/256"]);
  expect(related).toEqual([]);
});

test("what matches nothing is refused", () => {
  const request = { options: { ...options, cases: "nothing-like-this" } };
  expect(chosenOf(request).performance).toEqual([]);
  expect(() => selectionOf(request)).toThrow(UsageError);
});
