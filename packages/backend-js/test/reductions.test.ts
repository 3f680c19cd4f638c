import {
  argmax,
  type Backend,
  BlockMatrix,
  BlockPattern,
  type Expr,
  expr,
  max,
  mean,
  min,
  norm,
  openBackend,
  type Per,
  reduce,
  softmax,
  sum,
} from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { js } from "../src/index.js";

let be: Backend;
beforeAll(async () => {
  be = await openBackend([js()]);
});
afterAll(async () => {
  expect(be.memoryUsage().buffers).toBe(0);
  await be.dispose();
});

const operations = { sum, max, min, mean, norm, argmax };
type Name = keyof typeof operations;
const pers: readonly Per[] = ["row", "column", "block", "matrix"];

interface Element {
  readonly value: number;
  readonly index: number;
}

/** The plain loop over the elements behind one result. */
function combine(name: Name, elements: readonly Element[]): number {
  const values = elements.map(({ value }) => value);
  const total = values.reduce((x, y) => x + y, 0);
  switch (name) {
    case "sum":
      return total;
    case "max":
      return Math.max(...values);
    case "min":
      return Math.min(...values);
    case "mean":
      return total / values.length;
    case "norm":
      return Math.hypot(...values);
    case "argmax": {
      const best = values.some(Number.isNaN) ? Number.NaN : Math.max(...values);
      return elements.find(({ value }) => Object.is(value, best))?.index ?? -1;
    }
  }
}

interface Sample {
  readonly heights: readonly number[];
  readonly widths: readonly number[];
  readonly present: readonly (readonly [number, number])[];
  readonly value: (i: number, j: number) => number;
}

const samples: Readonly<Record<string, Sample>> = {
  "one block of negative numbers": {
    heights: [2, 2],
    widths: [2, 2],
    present: [[1, 1]],
    value: (i, j) => -(1 + (i % 2) * 2 + (j % 2)),
  },
  "uneven and empty blocks": {
    heights: [3, 0, 1, 4],
    widths: [2, 1, 0, 5],
    present: [
      [0, 1],
      [0, 3],
      [1, 0],
      [2, 2],
      [3, 0],
      [3, 1],
      [3, 2],
      [3, 3],
    ],
    value: (i, j) => ((i * 7 + j * 5) % 11) - 6,
  },
  "nothing present": { heights: [2, 1], widths: [1, 2], present: [], value: () => 1 },
  "everything present": {
    heights: [1, 2],
    widths: [2],
    present: [
      [0, 0],
      [1, 0],
    ],
    value: (i, j) => j - i,
  },
  "a NaN and equals": {
    heights: [2, 2],
    widths: [2, 2, 2],
    present: [
      [0, 1],
      [0, 2],
      [1, 0],
    ],
    value: (i, j) => (i === 1 && j >= 3 ? Number.NaN : 2),
  },
  "minus infinity only": {
    heights: [2, 1],
    widths: [1, 1],
    present: [[1, 1]],
    value: () => Number.NEGATIVE_INFINITY,
  },
};

function cutsOf(lengths: readonly number[]): number[] {
  const cuts = [0];
  for (const length of lengths) cuts.push((cuts.at(-1) as number) + length);
  return cuts;
}

function expected(sample: Sample, name: Name, per: Per, absent: "zero" | "skip"): number[] {
  const rowCuts = cutsOf(sample.heights);
  const colCuts = cutsOf(sample.widths);
  const cols = colCuts.at(-1) as number;
  const counts = { row: rowCuts.at(-1), column: cols, matrix: 1 } as Record<Per, number>;
  counts.block = sample.heights.length * sample.widths.length;
  const groups: Element[][] = Array.from({ length: counts[per] }, () => []);
  sample.heights.forEach((height, row) => {
    sample.widths.forEach((width, col) => {
      const isPresent = sample.present.some(([r, c]) => r === row && c === col);
      if (!isPresent && absent === "skip") return;
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          const [x, y] = [(rowCuts[row] as number) + i, (colCuts[col] as number) + j];
          const [group, index] = {
            row: [x, y],
            column: [y, x],
            matrix: [0, x * cols + y],
            block: [row * sample.widths.length + col, i * width + j],
          }[per] as [number, number];
          groups[group]?.push({ value: isPresent ? sample.value(x, y) : 0, index });
        }
      }
    });
  });
  return groups.map((elements) =>
    combine(
      name,
      [...elements].sort((x, y) => x.index - y.index),
    ),
  );
}

function matrixOf(sample: Sample, dtype: "f32" | "f64" | "f16" | "i32"): BlockMatrix {
  const { heights, widths, present, value } = sample;
  const rowCuts = cutsOf(heights);
  const colCuts = cutsOf(widths);
  const rows = rowCuts.at(-1) as number;
  const cols = colCuts.at(-1) as number;
  const data = Array.from({ length: rows * cols }, (_, k) => value(Math.floor(k / cols), k % cols));
  const whole = dtype === "i32" ? data.map((x) => (Number.isFinite(x) ? x : 7)) : data;
  return BlockMatrix.fromArray(be, whole, {
    rows,
    cols,
    dtype,
    blockRows: heights,
    blockCols: widths,
    pattern: (r, c) => present.some(([x, y]) => x === r && y === c),
  });
}

describe("reductions of a block-sparse matrix agree with plain loops", () => {
  for (const [title, sample] of Object.entries(samples)) {
    for (const dtype of ["f64", "f32", "f16"] as const) {
      it(`${title}, ${dtype}`, async () => {
        using a = matrixOf(sample, dtype);
        for (const name of Object.keys(operations) as Name[]) {
          for (const per of pers) {
            for (const absent of ["zero", "skip"] as const) {
              using result = operations[name](a, { per, absent });
              const got = [...(await result.toArray())];
              const want = expected(sample, name, per, absent);
              const what = `${name} per ${per}, absent ${absent}`;
              expect(result.dtype, what).toBe(name === "argmax" ? "i32" : dtype);
              expect(got.length, what).toBe(want.length);
              want.forEach((x, i) => {
                if (!Number.isFinite(x)) expect(got[i], `${what} [${i}]`).toBe(x);
                else {
                  const error = Math.abs((got[i] as number) - x);
                  expect(error, `${what} [${i}]: ${got[i]}, not ${x}`).toBeLessThanOrEqual(
                    Math.abs(x) * (dtype === "f16" ? 1e-3 : 1e-6),
                  );
                }
              });
            }
          }
        }
      });
    }
  }

  it("integers", async () => {
    const sample = samples["uneven and empty blocks"] as Sample;
    using a = matrixOf(sample, "i32");
    for (const name of ["sum", "argmax"] as const) {
      for (const per of pers) {
        for (const absent of ["zero", "skip"] as const) {
          using result = operations[name](a, { per, absent });
          const want = expected(sample, name, per, absent);
          expect([...(await result.toArray())], `${name} ${per} ${absent}`).toEqual(want);
        }
      }
    }
  });

  it("the example of the review", async () => {
    using a = matrixOf(samples["one block of negative numbers"] as Sample, "f32");
    using average = mean(a, { absent: "skip" });
    using place = argmax(a, { absent: "skip" });
    expect(await average.toNumber()).toBe(-2.5);
    expect(await place.toNumber()).toBe(10);
  });

  it.each(["f64", "i32"] as const)("an expression that is not zero at zero, %s", async (dtype) => {
    const sample = samples["uneven and empty blocks"] as Sample;
    using a = matrixOf(sample, dtype);
    using dense = BlockMatrix.fromRows(be, await a.toRows(), {
      dtype,
      blockRows: sample.heights,
      blockCols: sample.widths,
    });
    for (const op of ["sum", "max", "min", "argmax"] as const) {
      for (const per of pers) {
        const shifted = { op, per, expr: (x: Expr) => expr.sub(3, x) };
        using got = reduce(a, shifted);
        using want = reduce(dense, shifted);
        expect(await got.toRows(), `${op} ${per}`).toEqual(await want.toRows());
      }
    }
  });

  it("refuses to skip blocks of several operands", () => {
    using a = matrixOf(samples["everything present"] as Sample, "f32");
    expect(() => reduce([a, a], { op: "sum", absent: "skip" })).toThrow(/one operand, got 2/);
  });
});

describe("extreme numbers", () => {
  it("f16 sums that are larger than any f16", async () => {
    const options = { rows: 1, cols: 70_000, dtype: "f16" } as const;
    using ones = BlockMatrix.full(be, 1, { ...options, blockCols: 35_000 });
    for (const per of ["row", "matrix", "block"] as const) {
      using average = mean(ones, { per });
      using length = norm(ones, { per });
      expect([...(await average.toArray())].every((x) => x === 1)).toBe(true);
      const root = Math.sqrt(per === "block" ? 35_000 : 70_000);
      for (const x of await length.toArray()) expect(Math.abs(x / root - 1)).toBeLessThan(1e-3);
    }
  });

  it("a composed softmax of 70,000 f16 zeros", async () => {
    const present = { blockCols: 35_000, pattern: () => true };
    using zeros = BlockMatrix.zeros(be, { rows: 1, cols: 70_000, dtype: "f16", ...present });
    for (const absent of ["zero", "masked"] as const) {
      using weights = softmax(zeros, { absent });
      for (const x of await weights.toArray()) expect(Math.abs(x * 70_000 - 1)).toBeLessThan(0.01);
    }
  });

  it("norms whose squares overflow or underflow", async () => {
    for (const pattern of [undefined, () => true]) {
      for (const value of [1e30, 1e-30]) {
        for (const per of pers) {
          using a = BlockMatrix.full(be, value, {
            rows: 2,
            cols: 2,
            ...(pattern === undefined ? {} : { pattern }),
          });
          using length = norm(a, { per });
          const count = per === "row" || per === "column" ? 2 : 4;
          for (const x of await length.toArray()) {
            expect(Math.abs(x / (value * Math.sqrt(count)) - 1)).toBeLessThan(1e-6);
          }
        }
      }
    }
  });
});

it("10,000 diagonal blocks take time in proportion to these", async () => {
  const count = 10_000;
  const blocks = Array.from({ length: count }, (_, i) => ({
    row: i,
    col: i,
    data: [1, 2, 3, i],
  }));
  const size = 2 * count;
  using a = BlockMatrix.fromBlocks(be, blocks, {
    rows: size,
    cols: size,
    blockRows: 2,
    blockCols: 2,
  });
  for (const name of Object.keys(operations) as Name[]) {
    for (const per of ["row", "column", "matrix"] as const) {
      const start = performance.now();
      using result = operations[name](a, { per });
      await result.toArray();
      const time = performance.now() - start;
      expect(time, `${name} per ${per}`).toBeLessThan(3000);
    }
  }
  expect(be.memoryUsage().bytes).toBe(4 * 4 * count);
  using total = sum(a);
  expect(await total.toNumber()).toBeCloseTo(6 * count + (count * (count - 1)) / 2, -3);
  using place = argmax(a);
  expect(await place.toNumber()).toBe(size * size - 1);
});

it("a pattern of which all is absent", async () => {
  using a = BlockMatrix.zeros(be, { rows: 0, cols: 3, pattern: BlockPattern.none(1, 1) });
  using total = sum(a);
  using place = argmax(a);
  expect(await total.toNumber()).toBe(0);
  expect(await place.toNumber()).toBe(-1);
});

describe("the type of a result", () => {
  const hundreds = (options: { pattern?: () => boolean } = {}): BlockMatrix =>
    BlockMatrix.full(be, 100, {
      rows: 10,
      cols: 100,
      dtype: "f16",
      blockRows: 5,
      blockCols: 50,
      ...options,
    });

  it.each([
    ["dense", {}],
    ["block-sparse", { pattern: () => true }],
  ])("may be f32 where f16 cannot hold it: of a %s matrix", async (_, options) => {
    using a = hundreds(options);
    using short = sum(a);
    expect(await short.toNumber()).toBe(Number.POSITIVE_INFINITY);
    using total = sum(a, { dtype: "f32" });
    expect([total.dtype, await total.toNumber()]).toEqual(["f32", 100_000]);
    using perBlock = sum(a, { per: "block", dtype: "f32" });
    expect([...(await perBlock.toArray())]).toEqual([25_000, 25_000, 25_000, 25_000]);
    using length = norm(a, { dtype: "f32", per: "row" });
    expect([length.dtype, (await length.toArray())[9]]).toEqual(["f32", 1000]);
    using wide = mean(a, { dtype: "f32" });
    using usual = mean(a);
    expect([wide.dtype, usual.dtype]).toEqual(["f32", "f16"]);
  });

  it("must be one that the arithmetic can store", () => {
    using a = hundreds();
    const refused = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return String(error);
      }
      return "nothing";
    };
    expect(refused(() => sum(a, { dtype: "f64" }))).toMatch(
      /sum: a result of f16 cannot be stored as f64; .*cast\(\)/,
    );
    expect(refused(() => argmax(a, { dtype: "f32" }))).toMatch(/argmax: a result of i32/);
    expect(refused(() => norm(a, { dtype: "f64" }))).toMatch(/norm: a result of f16/);
    expect(refused(() => sum(a, { dtype: "f8" as "f16" }))).toMatch(/sum: expected dtype/);
  });
});
