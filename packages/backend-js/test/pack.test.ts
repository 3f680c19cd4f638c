import { expect, test } from "vitest";
import { columnLanes, pack, rowLanes } from "../src/pack.js";
import { Window } from "../src/window.js";

const buffer = { byteLength: 0, disposed: false, dispose(): void {} };
const a = new Window(
  Float64Array.from({ length: 30 }, (_, i) => i),
  {
    buffer,
    dtype: "f64",
    rows: 6,
    cols: 5,
    offset: 0,
    rowStride: 5,
    colStride: 1,
  },
);

test("rows become panels of four, step by step, zeros beyond the last", () => {
  const to = new Float64Array(17).fill(-1);
  pack(rowLanes(a), 1, 5, 2, 2, to);
  expect([...to]).toEqual([7, 12, 17, 22, 8, 13, 18, 23, 27, 0, 0, 0, 28, 0, 0, 0, -1]);
});

test("columns are the rows of the transpose", () => {
  const to = new Float64Array(8);
  pack(columnLanes(a), 1, 4, 3, 2, to);
  expect([...to]).toEqual([16, 17, 18, 19, 21, 22, 23, 24]);
});

test("an index chooses rows; outside are zeros", () => {
  const index = new Window(Int32Array.of(5, -1, 0, 6), {
    buffer,
    dtype: "i32",
    rows: 4,
    cols: 1,
    offset: 0,
    rowStride: 1,
    colStride: 1,
  });
  const to = new Float64Array(4);
  pack(rowLanes(a, index), 0, 4, 1, 1, to);
  expect([...to]).toEqual([26, 0, 1, 0]);
});
