import { type DType, dtypes, type MatrixView } from "@blk/core";
import { describe, expect, it } from "vitest";
import type { Executor } from "../src/executor.js";
import { gather, scatterAdd } from "../src/rows-by-index.js";
import {
  broadcastLayouts,
  differences,
  type LayoutOf,
  outside,
  ownLayouts,
  randomNumbers,
  stored,
} from "./layouts.js";
import { createTestWorkspace } from "./workspace.js";

interface Spec {
  readonly dtype: DType;
  readonly indices: readonly number[];
  /** Rows of the matrix that is indexed. */
  readonly rows: number;
  readonly cols: number;
  readonly source?: LayoutOf;
  readonly out?: LayoutOf;
  readonly indexStride?: number;
}

const test = createTestWorkspace();

function expectGather(spec: Spec): void {
  const {
    dtype,
    indices,
    rows,
    cols,
    source = ownLayouts.rows,
    out = ownLayouts.rows,
    indexStride = 1,
  } = spec;
  const count = indices.length;
  const x = test.upload(randomNumbers(dtype, rows * cols), dtype, rows, cols, source(rows, cols));
  const at = test.upload(indices, "i32", count, 1, { rowStride: indexStride });
  const y = test.upload([], dtype, count, cols, out(count, cols));
  gather(test.workspace, x, at, y);
  const elements = test.download(x);
  const expected = indices.flatMap((row) =>
    row >= 0 && row < rows ? elements.slice(row * cols, (row + 1) * cols) : Array(cols).fill(0),
  );
  expect(differences(test.download(y), expected)).toEqual([]);
  expect(outside(test, y).every((value) => value === 7)).toBe(true);
}

function expectScatterAdd(spec: Spec): void {
  const {
    dtype,
    indices,
    rows,
    cols,
    source = ownLayouts.rows,
    out = ownLayouts.rows,
    indexStride = 1,
  } = spec;
  const count = indices.length;
  const added = randomNumbers(dtype, count * cols, 2);
  const x = test.upload(added, dtype, count, cols, source(count, cols));
  const at = test.upload(indices, "i32", count, 1, { rowStride: indexStride });
  const before = randomNumbers(dtype, rows * cols, 3);
  const y = test.upload(before, dtype, rows, cols, out(rows, cols));
  const addends = test.download(x);
  const expected = [...before];
  indices.forEach((row, i) => {
    if (row < 0 || row >= rows) return;
    for (let j = 0; j < cols; j++) {
      const sum = (expected[row * cols + j] as number) + (addends[i * cols + j] as number);
      expected[row * cols + j] = stored(dtype, sum);
    }
  });
  scatterAdd(test.workspace, x, at, y);
  expect(differences(test.download(y), expected)).toEqual([]);
  expect(outside(test, y).every((value) => value === 7)).toBe(true);
}

const indices = [4, 0, -1, 4, 5, 1, -(2 ** 31), 2 ** 31 - 1, 0, 4];

describe.each([
  ["gather", expectGather],
  ["scatterAdd", expectScatterAdd],
] as const)("%s", (_, expectRight) => {
  describe.each(dtypes)("%s", (dtype) => {
    it.each([0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 127, 300])("%i columns", (cols) => {
      expectRight({ dtype, indices, rows: 5, cols });
    });

    it.each([0, 1, 2, 3, 1009])("%i indices", (count) => {
      const many = Array.from({ length: count }, (_, i) => (i * 7) % 6);
      expectRight({ dtype, indices: many, rows: 5, cols: 3 });
    });

    it("of no rows", () => expectRight({ dtype, indices, rows: 0, cols: 3 }));

    it.each(Object.entries({ ...ownLayouts, ...broadcastLayouts }))("source: %s", (_, source) => {
      for (const cols of [1, 3, 11]) expectRight({ dtype, indices, rows: 5, cols, source });
    });

    it.each(Object.entries(ownLayouts))("out: %s", (_, out) => {
      for (const cols of [1, 3, 11]) expectRight({ dtype, indices, rows: 5, cols, out });
    });

    it.each([-1, 2, 5])("indices %i apart", (indexStride) => {
      expectRight({ dtype, indices, rows: 5, cols: 6, indexStride });
    });

    it("in several items", () => {
      const many = Array.from({ length: 601 }, (_, i) => (i * 31) % 90);
      expectRight({ dtype, indices: many, rows: 89, cols: 331 });
      expectRight({
        dtype,
        indices: many,
        rows: 89,
        cols: 331,
        out: ownLayouts.strided,
      });
    });
  });
});

describe("gather", () => {
  it("moves bits as they are", () => {
    const x = test.upload(Array(12).fill(0), "f32", 3, 4);
    const y = test.upload([], "f32", 1, 4);
    const at = test.upload([1], "i32", 1, 1);
    const rowOf = (view: MatrixView, row: number): Int32Array => {
      const start = (test.workspace.window(view, "test").address >> 2) + 4 * row;
      return test.workspace.memory.views.i32.subarray(start, start + 4);
    };
    const patterns = [0x7fa00001, -0x5fffff, -0x80000000, 0x7f800000];
    rowOf(x, 1).set(patterns);
    gather(test.workspace, x, at, y);
    expect([...rowOf(y, 0)]).toEqual(patterns);
  });
});

describe("scatterAdd", () => {
  it.each([
    ["f32", 2 ** 24],
    ["f64", 2 ** 53],
    ["f16", 2 ** 11],
  ] as const)("rounds each sum to %s, in order", (dtype, large) => {
    const x = test.upload([1, large, 1, 1, -large, 3], dtype, 6, 1);
    const y = test.upload([0], dtype, 1, 1);
    scatterAdd(test.workspace, x, test.upload(Array(6).fill(0), "i32", 6, 1), y);
    // 1 + large is a tie between large and large + 2, and goes to the even one; so do the next.
    expect(test.download(y)).toEqual([3]);
  });

  it("rounds sums of f16 once", () => {
    const numbers = Array.from({ length: 4096 }, (_, i) =>
      stored("f16", 2 ** (((i * 7) % 29) - 13) * (1 + ((i * 389) % 1024) / 1024)),
    );
    const others = numbers.map(
      (_, i) => (i % 2 ? -1 : 1) * (numbers[(i * 1237 + 5) % 4096] as number),
    );
    const x = test.upload(others, "f16", 1, 4096);
    const y = test.upload(numbers, "f16", 1, 4096);
    scatterAdd(test.workspace, x, test.upload([0], "i32", 1, 1), y);
    expect(test.download(y)).toEqual(
      numbers.map((n, i) => stored("f16", n + (others[i] as number))),
    );
  });

  it("adds in order of the indices, whichever thread takes which item first", () => {
    const { executor } = test.workspace;
    const backwards: Executor = {
      ...executor,
      run(kernel, items, count, nanoseconds) {
        for (let i = count - 1; i >= 0; i--) {
          executor.run(kernel, items + i * kernel.itemBytes, 1, nanoseconds);
        }
      },
    };
    const [count, cols] = [600, 200];
    const x = test.upload(randomNumbers("f32", count * cols, 4), "f32", count, cols);
    const at = test.upload(Array(count).fill(1), "i32", count, 1);
    const [one, other] = [0, 1].map(() => test.upload([], "f32", 2, cols)) as [
      MatrixView,
      MatrixView,
    ];
    scatterAdd(test.workspace, x, at, one);
    scatterAdd({ ...test.workspace, executor: backwards }, x, at, other);
    expect(test.download(other)).toEqual(test.download(one));
  });

  it("gives NaN, infinities and subnormal numbers as IEEE 754 does", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const x = test.upload([nan, inf, -inf, 2 ** -149, 1], "f32", 1, 5);
    const y = test.upload([1, 1, inf, 2 ** -149, nan], "f32", 1, 5);
    scatterAdd(test.workspace, x, test.upload([0], "i32", 1, 1), y);
    expect(test.download(y)).toEqual([nan, inf, nan, 2 ** -148, nan]);
  });
});

describe.each([
  ["gather", gather],
  ["scatterAdd", scatterAdd],
] as const)("%s refuses", (name, run) => {
  const { workspace, upload } = test;
  const x = upload([1, 2], "f32", 1, 2);

  it("indices that are not i32", () => {
    const message = `${name}: indices must be i32, got f32`;
    expect(() => run(workspace, x, upload([0], "f32", 1, 1), upload([], "f32", 1, 2))).toThrow(
      expect.objectContaining({ code: "DTYPE", message: expect.stringContaining(message) }),
    );
  });

  it("matrices of different types", () => {
    const message = `${name}: source is f32 and out is f64; they must be the same`;
    expect(() => run(workspace, x, upload([0], "i32", 1, 1), upload([], "f64", 1, 2))).toThrow(
      expect.objectContaining({ code: "DTYPE", message: expect.stringContaining(message) }),
    );
  });
});
