import { computeDType, type DType, type Elementwise, unitRoundoff } from "@blk/core";
import { describe, expect, it } from "vitest";
import type { Executor } from "../src/executor.js";
import { enableRelaxedSimd } from "../src/probe.js";
import { softmax } from "../src/softmax.js";
import {
  broadcastLayouts,
  differences,
  type LayoutOf,
  outside,
  ownLayouts,
  randomNumbers,
} from "./layouts.js";
import { createTestWorkspace } from "./workspace.js";

const floats = ["f32", "f64", "f16"] as const;
const { NEGATIVE_INFINITY, POSITIVE_INFINITY: inf, NaN: nan } = Number;

const plain = createTestWorkspace();
const exact = createTestWorkspace({ reproducible: true });

interface Spec {
  readonly rows: number;
  readonly cols: number;
  readonly input?: DType;
  readonly out?: DType;
  /** Default: random ones. */
  readonly numbers?: readonly number[];
  readonly inputLayout?: LayoutOf;
  readonly outLayout?: LayoutOf;
  readonly test?: typeof plain;
}

/** The softmax of a row in doubles, by the formula. */
function softmaxOf(row: readonly number[]): number[] {
  const largest = row.reduce((a, b) => Math.max(a, b), NEGATIVE_INFINITY);
  const powers = row.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * How far a result may be from the right one: x − max is rounded by u·|x − max|, which the
 * exponential makes relative; then come an exponential (4 ulp), a sum of n of them, and a division
 * (2½ ulp). What is below the smallest normal number may be 0.
 */
function boundsOf(row: readonly number[], values: readonly number[], out: DType): number[] {
  const type = computeDType(out);
  const u = unitRoundoff(type);
  const n = row.length;
  const largest = row.reduce((a, b) => Math.max(a, b), NEGATIVE_INFINITY);
  const distances = row.map((x) => Math.min(largest - x, 800));
  const spread = distances.reduce((a, b) => Math.max(a, b), 0);
  return values.map((value, j) => {
    const relative = (2 * (distances[j]! + spread) + n / (1 - n * u) + 21) * u;
    const rounding = out === "f16" ? 2 ** -11 * value + 2 ** -25 : 0;
    return value * relative + rounding + (type === "f64" ? 2 ** -1022 : 2 ** -126);
  });
}

function run(spec: Spec): { readonly elements: number[]; readonly actual: number[] } {
  const { rows, cols, input = "f32", out = input, test = plain } = spec;
  const numbers = spec.numbers ?? randomNumbers(input, rows * cols, rows + 31 * cols);
  const x = test.upload(numbers, input, rows, cols, spec.inputLayout?.(rows, cols));
  const y = test.upload([], out, rows, cols, spec.outLayout?.(rows, cols));
  softmax(test.workspace, [{ inputs: [x], out: y }]);
  expect(outside(test, y).every((value) => value === 7)).toBe(true);
  return { elements: test.download(x), actual: test.download(y) };
}

function expectRight(spec: Spec): void {
  const { rows, cols, input = "f32", out = input } = spec;
  const { elements, actual } = run(spec);
  const wrong: string[] = [];
  for (let i = 0; i < rows; i++) {
    const row = elements.slice(i * cols, (i + 1) * cols);
    const values = softmaxOf(row);
    const bounds = boundsOf(row, values, out);
    values.forEach((value, j) => {
      const found = actual[i * cols + j]!;
      const isNear = Math.abs(found - value) <= bounds[j]!;
      // Only NaN is not near to itself.
      if (!isNear && !Object.is(found, value)) wrong.push(`(${i}, ${j}): ${found} for ${value}`);
    });
  }
  expect(wrong.slice(0, 5)).toEqual([]);
}

describe.each(floats)("%s", (dtype) => {
  it.each([1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 31, 33, 64, 67, 127, 257])(
    "rows of %i",
    (cols) => {
      for (const rows of [1, 2, 3, 4, 5, 8, 9]) expectRight({ rows, cols, input: dtype });
    },
  );

  it("of nothing", () => {
    expect(run({ rows: 0, cols: 5, input: dtype }).actual).toEqual([]);
    expect(run({ rows: 5, cols: 0, input: dtype }).actual).toEqual([]);
  });

  it("of long rows", () => {
    expectRight({ rows: 3, cols: 2 ** 14, input: dtype });
    expectRight({ rows: 3, cols: 2 ** 14 + 3, input: dtype });
    expectRight({ rows: 2, cols: 5003, input: dtype, inputLayout: ownLayouts.columns });
  });

  it("of many rows", () => {
    expectRight({ rows: 1503, cols: 10, input: dtype });
    const [inputLayout, outLayout] = [ownLayouts.columns, ownLayouts.columns];
    expectRight({ rows: 1503, cols: 10, input: dtype, inputLayout, outLayout });
  });

  it("of so many elements that they are cut into items", () => {
    expectRight({ rows: 300, cols: 130, input: dtype });
    expectRight({ rows: 3001, cols: 12, input: dtype });
    expectRight({ rows: 130, cols: 300, input: dtype, inputLayout: ownLayouts.columns });
  });

  it("of any layout, into any layout", () => {
    for (const inputLayout of Object.values({ ...ownLayouts, ...broadcastLayouts })) {
      for (const outLayout of Object.values(ownLayouts)) {
        expectRight({ rows: 7, cols: 11, input: dtype, inputLayout, outLayout });
        expectRight({ rows: 19, cols: 4, input: dtype, inputLayout, outLayout });
      }
    }
  });

  it("into another type", () => {
    for (const out of floats) {
      for (const cols of [3, 10, 33, 1030]) {
        expectRight({ rows: 5, cols, input: dtype, out });
        expectRight({ rows: 5, cols, input: dtype, out, inputLayout: ownLayouts.columns });
      }
    }
  });

  it("does not overflow, wherever the largest element is", () => {
    for (const [rows, cols] of [
      [3, 7],
      [2, 50],
    ] as const) {
      for (let place = 0; place < cols; place++) {
        const numbers = Array.from({ length: rows * cols }, (_, k) =>
          k % cols === place ? 6e4 : 6e4 - 500 * (1 + (k % 9)),
        );
        for (const inputLayout of [ownLayouts.rows, ownLayouts.columns]) {
          expectRight({ rows, cols, input: dtype, numbers, inputLayout });
        }
      }
    }
  });

  it("gives 0 for −∞, and NaN for rows of nothing else or with +∞ or NaN", () => {
    for (const cols of [3, 6, 17, 70]) {
      for (let place = 0; place < cols; place += 3) {
        const rows = [
          (j: number): number => (j === place ? 1 : NEGATIVE_INFINITY),
          (j: number): number => (j === place ? NEGATIVE_INFINITY : j % 4),
          (): number => NEGATIVE_INFINITY,
          (j: number): number => (j === place ? inf : j),
          (j: number): number => (j === place ? nan : -j),
          (j: number): number => j % 5,
        ];
        const numbers = rows.flatMap((of) => Array.from({ length: cols }, (_, j) => of(j)));
        for (const inputLayout of [ownLayouts.rows, ownLayouts.columns, ownLayouts.strided]) {
          for (const test of [plain, exact]) {
            const spec = { rows: 6, cols, input: dtype, numbers, inputLayout, test };
            expectRight(spec);
            const { actual } = run(spec);
            const zeros = actual.filter((value) => value === 0).length;
            const masked = numbers
              .slice(0, 2 * cols)
              .filter((value) => value === NEGATIVE_INFINITY);
            expect(zeros).toBe(masked.length);
          }
        }
      }
    }
  });

  it("reproducible: in doubles, as the formula says, rounded once", () => {
    for (const out of floats) {
      for (const inputLayout of [ownLayouts.rows, ownLayouts.columns, ownLayouts.strided]) {
        const [rows, cols] = [9, 37];
        const spec = { rows, cols, input: dtype, out, inputLayout, test: exact };
        const { elements, actual } = run(spec);
        const read = elements.map((x) => (out === "f64" ? x : Math.fround(x)));
        const expected = Array.from({ length: rows }, (_, i) =>
          softmaxOf(read.slice(i * cols, (i + 1) * cols)),
        ).flat();
        // Powers are within an ulp of the engine's, sums in the same order, the rounding is one.
        const roundings = (out === "f64" ? 0 : unitRoundoff(out)) + 8 * unitRoundoff("f64");
        expected.forEach((value, at) => {
          expect(Math.abs(actual[at]! - value)).toBeLessThanOrEqual(1.001 * roundings * value);
        });
      }
    }
  });
});

it("gives small results down to the subnormal ones", () => {
  for (const [dtype, least, precision] of [
    ["f32", -100, 2 ** -149],
    ["f64", -740, 2 ** -1074],
  ] as const) {
    for (const inputLayout of [ownLayouts.rows, ownLayouts.columns]) {
      const cols = 200;
      const numbers = Array.from({ length: cols }, (_, j) => (j * least) / (cols - 1));
      const { elements, actual } = run({ rows: 1, cols, input: dtype, numbers, inputLayout });
      softmaxOf(elements).forEach((value, j) => {
        const relative = 1000 * unitRoundoff(dtype);
        expect(Math.abs(actual[j]! - value)).toBeLessThanOrEqual(value * relative + precision);
      });
    }
  }
});

it("has the same bits in any order of items, alone or in a list", () => {
  const { executor } = plain.workspace;
  const runBackwards: Executor["run"] = (kernel, items, count, nanoseconds) => {
    for (let i = count - 1; i >= 0; i--) {
      executor.run(kernel, items + i * kernel.itemBytes, 1, nanoseconds);
    }
  };
  const backwards = { ...plain.workspace, executor: { ...executor, run: runBackwards } };
  const tasks = (): Elementwise[] =>
    [
      [601, 33, ownLayouts.rows],
      [333, 10, ownLayouts.rows],
      [700, 70, ownLayouts.columns],
      [3, 5000, ownLayouts.padded],
      [0, 3, ownLayouts.rows],
    ].map(([rows, cols, layout]) => {
      const shape = [rows as number, cols as number] as const;
      const numbers = randomNumbers("f32", shape[0] * shape[1]);
      const input = plain.upload(numbers, "f32", ...shape, (layout as LayoutOf)(...shape));
      return { inputs: [input], out: plain.upload([], "f32", ...shape) };
    });
  const [alone, together, reversed] = [tasks(), tasks(), tasks()];
  for (const task of alone) softmax(plain.workspace, [task]);
  softmax(plain.workspace, together);
  softmax(backwards, reversed);
  alone.forEach(({ out }, t) => {
    const bits = plain.download(out);
    expect(differences(plain.download(together[t]!.out), bits)).toEqual([]);
    expect(differences(plain.download(reversed[t]!.out), bits)).toEqual([]);
  });
});

it.each([
  ["rows", ownLayouts.rows],
  ["columns", ownLayouts.columns],
])("along %s rounds multiply-adds once where the workspace says so", async (_, inputLayout) => {
  if (!(await enableRelaxedSimd())) return;
  const of = { ...{ rows: 9, cols: 1003 }, inputLayout, outLayout: inputLayout };
  const test = createTestWorkspace({ fused: true });
  expectRight({ ...of, test });
  expect(differences(run({ ...of, test }).actual, run(of).actual)).not.toEqual([]);
  // Doubles by the formula, whatever else is fused.
  const both = createTestWorkspace({ fused: true, reproducible: true });
  const expected = run({ ...of, test: exact }).actual;
  expect(differences(run({ ...of, test: both }).actual, expected)).toEqual([]);
});

it("of rows that scratch memory cannot hold goes along columns", () => {
  const test = createTestWorkspace();
  const [short, long] = [2 ** 14, 2 ** 14 + 1].map((cols) => {
    const task = {
      inputs: [test.upload([], "f16", 1, cols)],
      out: test.upload([], "f16", 1, cols),
    };
    softmax(test.workspace, [task]);
    return test.kernels().at(-1);
  });
  expect(short).toMatch(/^softmax_rows/);
  expect(long).toMatch(/^softmax_columns/);
});

it("refuses i32", () => {
  const x = plain.upload([1, 2], "i32", 1, 2);
  const y = plain.upload([], "f32", 1, 2);
  for (const task of [
    { inputs: [x], out: y },
    { inputs: [y], out: x },
  ]) {
    expect(() => softmax(plain.workspace, [task])).toThrow(
      expect.objectContaining({
        code: "DTYPE",
        message: expect.stringContaining("softmax: i32 has no exponential"),
      }),
    );
  }
});
