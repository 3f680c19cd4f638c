import { dtypes } from "@blk/core";
import { describe, expect, test } from "vitest";
import {
  expectElements,
  fill,
  fromRows,
  get,
  layouts,
  matrix,
  random,
  stored,
  tinyBackend,
} from "./matrices.js";

const backend = tinyBackend();
const chosen = [2, 0, -1, 2, 3, 1, 2];
const indices = fromRows(
  backend,
  "i32",
  chosen.map((i) => [i]),
);

describe.each(dtypes)("rows of %s by index", (dtype) => {
  test.each(layouts)("gather, %s: zeros outside", (layout) => {
    const source = random(backend, dtype, 3, 5, layout, 1);
    const out = matrix(backend, dtype, 7, 5, layout);
    backend.gather(source, indices, out);
    expectElements(backend, out, (i, j) => {
      const row = chosen[i]!;
      return row >= 0 && row < 3 ? get(backend, source, row, j) : 0;
    });
  });

  test.each(layouts)(
    "scatterAdd, %s: repeated rows add up in order, others are dropped",
    (layout) => {
      const source = random(backend, dtype, 7, 5, layout, 1);
      const out = fill(backend, matrix(backend, dtype, 3, 5, layout), 2);
      const expected = [0, 1, 2].map((row) =>
        [0, 1, 2, 3, 4].map((j) => {
          let sum = get(backend, out, row, j);
          chosen.forEach((to, i) => {
            if (to === row) sum = stored(dtype, sum + get(backend, source, i, j));
          });
          return sum;
        }),
      );
      backend.scatterAdd(source, indices, out);
      expectElements(backend, out, (i, j) => expected[i]![j]!);
    },
  );

  test("nothing of nothing", () => {
    const none = matrix(backend, "i32", 0, 1);
    backend.gather(matrix(backend, dtype, 0, 3), indices, matrix(backend, dtype, 7, 3));
    backend.gather(matrix(backend, dtype, 2, 3), none, matrix(backend, dtype, 0, 3));
    backend.scatterAdd(matrix(backend, dtype, 0, 3), none, matrix(backend, dtype, 2, 3));
  });
});

test("indices and types are checked", () => {
  const f32 = matrix(backend, "f32", 7, 1);
  expect(() => backend.gather(f32, f32, f32)).toThrow("indices must be i32");
  expect(() => backend.gather(f32, indices, matrix(backend, "f64", 7, 1))).toThrow("same");
});
