import { computeDType, type DType, dtypes, type Expr, expr, type ReductionOp } from "@blk/core";
import { describe, expect, it } from "vitest";
import type { Executor } from "../src/executor.js";
import { reduce } from "../src/reduce.js";
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

type Direction = "rows" | "columns" | "all";

const directions: readonly Direction[] = ["rows", "columns", "all"];
const ops: readonly ReductionOp[] = ["sum", "max", "min", "argmax"];
const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
const x = expr.input(0);
const y = expr.input(1);

const plain = createTestWorkspace();
const exact = createTestWorkspace({ reproducible: true });

interface Spec {
  readonly dtype: DType;
  readonly op: ReductionOp;
  readonly direction: Direction;
  readonly rows: number;
  readonly cols: number;
  /** Default: random ones. */
  readonly numbers?: readonly number[];
  readonly layout?: LayoutOf;
  readonly out?: LayoutOf;
  readonly test?: typeof plain;
}

/** The indices of the elements that each result stands for, in order. */
function groups({ direction, rows, cols }: Omit<Spec, "dtype" | "op">): number[][] {
  const [count, size, first, step] = {
    rows: [rows, cols, cols, 1],
    columns: [cols, rows, 1, cols],
    all: [1, rows * cols, 0, 1],
  }[direction] as [number, number, number, number];
  return Array.from({ length: count }, (_, r) =>
    Array.from({ length: size }, (_, k) => r * first + k * step),
  );
}

/** What is right, and how far a sum may be from it: γₙ·Σ|x|, and a rounding to f16. */
function right(
  op: ReductionOp,
  dtype: DType,
  values: readonly number[],
): readonly [expected: number, bound: number] {
  const isInteger = dtype === "i32";
  switch (op) {
    case "sum": {
      if (isInteger) return [values.reduce((sum, v) => (sum + v) | 0, 0), 0];
      const sum = values.reduce((total, v) => total + v, 0);
      const magnitude = values.reduce((total, v) => total + Math.abs(v), 0);
      const n = values.length;
      const u = computeDType(dtype) === "f64" ? 2 ** -53 : 2 ** -24;
      // The sum that is compared with is itself one in doubles.
      const error = ((n * u) / (1 - n * u) + n * 2 ** -53) * magnitude;
      const rounding = dtype === "f16" ? 2 ** -11 * (Math.abs(sum) + error) + 2 ** -25 : 0;
      return [sum, error + rounding];
    }
    case "max":
      return [values.reduce((a, b) => Math.max(a, b), isInteger ? -(2 ** 31) : -inf), 0];
    case "min":
      return [values.reduce((a, b) => Math.min(a, b), isInteger ? 2 ** 31 - 1 : inf), 0];
    case "argmax": {
      const firstNaN = values.findIndex(Number.isNaN);
      if (firstNaN >= 0) return [firstNaN, 0];
      let best = -1;
      values.forEach((v, k) => {
        if (best < 0 || v > values[best]!) best = k;
      });
      return [best, 0];
    }
  }
}

/** Results that are not right, with what would be. */
function mistakes(
  spec: Pick<Spec, "op" | "dtype" | "direction" | "rows" | "cols">,
  elements: readonly number[],
  actual: readonly number[],
): string[] {
  const { op, dtype } = spec;
  // A result of one element stands for everything.
  const direction = actual.length === 1 ? "all" : spec.direction;
  return groups({ ...spec, direction }).flatMap((indices, r) => {
    const values = indices.map((k) => elements[k]!);
    const [expected, bound] = right(op, dtype, values);
    const isNear = bound > 0 && Math.abs(actual[r]! - expected) <= bound;
    if (isNear || Object.is(actual[r], expected)) return [];
    return [`${r}: ${actual[r]}, expected ${expected} ± ${bound}`];
  });
}

function expectRight(spec: Spec): void {
  const { dtype, op, direction, rows, cols, layout, out, test = plain } = spec;
  const numbers = spec.numbers ?? randomNumbers(dtype, rows * cols, 31 * rows + cols);
  const input = test.upload(numbers, dtype, rows, cols, layout?.(rows, cols));
  const [height, width] = [direction === "rows" ? rows : 1, direction === "columns" ? cols : 1];
  const type = op === "argmax" ? "i32" : dtype;
  const result = test.upload([], type, height, width, out?.(height, width));
  reduce(test.workspace, [{ inputs: [input], out: result }], x, op);
  const elements = test.download(input);
  const actual = test.download(result);
  expect(mistakes(spec, elements, actual).slice(0, 5)).toEqual([]);
  expect(outside(test, result).every((value) => value === 7)).toBe(true);
}

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67];

describe.each(dtypes)("%s", (dtype) => {
  describe.each(ops)("%s", (op) => {
    describe.each(directions)("along %s", (direction) => {
      it("of any size", () => {
        for (const length of lengths) {
          for (const other of [1, 3, 13]) {
            expectRight({ dtype, op, direction, rows: length, cols: other });
            expectRight({ dtype, op, direction, rows: other, cols: length });
          }
        }
      });

      it("of any layout, into any layout", () => {
        for (const layout of Object.values({ ...ownLayouts, ...broadcastLayouts })) {
          expectRight({ dtype, op, direction, rows: 11, cols: 19, layout });
          expectRight({ dtype, op, direction, rows: 19, cols: 5, layout });
        }
        for (const out of Object.values(ownLayouts)) {
          expectRight({ dtype, op, direction, rows: 11, cols: 19, out });
          expectRight({
            dtype,
            op,
            direction,
            rows: 11,
            cols: 19,
            out,
            layout: ownLayouts.columns,
          });
        }
      });

      it("reproducible, of any size and layout", () => {
        for (const length of lengths) {
          expectRight({ dtype, op, direction, rows: length, cols: 3, test: exact });
          expectRight({ dtype, op, direction, rows: 3, cols: length, test: exact });
        }
        for (const layout of Object.values({ ...ownLayouts, ...broadcastLayouts })) {
          expectRight({ dtype, op, direction, rows: 11, cols: 19, layout, test: exact });
        }
      });

      it("of ties", () => {
        const numbers = [3, 1, 3, 2, 3, 3, -5, -5, -5, -5, 0, 0, 0, 0, 0];
        expectRight({ dtype, op, direction, rows: 3, cols: 5, numbers });
        expectRight({ dtype, op, direction, rows: 5, cols: 3, numbers });
        const same = Array(300).fill(2);
        expectRight({ dtype, op, direction, rows: 20, cols: 15, numbers: same });
        expectRight({ dtype, op, direction, rows: 1, cols: 300, numbers: same });
      });
    });
  });
});

describe.each(["f32", "f64", "f16"] as const)("%s", (dtype) => {
  describe.each(ops)("%s", (op) => {
    it("of NaN and infinities at any place", () => {
      for (let place = 0; place < 41; place++) {
        for (const [value, other] of [
          [nan, 1],
          [nan, inf],
          [inf, nan],
          [inf, -inf],
          [-inf, 2],
        ] as const) {
          const numbers = randomNumbers(dtype, 41);
          numbers[place] = value;
          numbers[(place + 17) % 41] = other;
          for (const test of [plain, exact]) {
            expectRight({ dtype, op, direction: "all", rows: 1, cols: 41, numbers, test });
            expectRight({ dtype, op, direction: "columns", rows: 41, cols: 1, numbers, test });
          }
        }
      }
    });

    it("of infinities alone", () => {
      for (const value of [inf, -inf, nan]) {
        for (const direction of directions) {
          const numbers = Array(35).fill(value);
          expectRight({ dtype, op, direction, rows: 5, cols: 7, numbers });
        }
      }
    });
  });

  it("tells zeros apart: max(−0, 0) is 0, min(−0, 0) is −0", () => {
    for (const test of [plain, exact]) {
      for (const length of [2, 5, 37]) {
        for (let place = 0; place < length; place++) {
          for (const [op, zero] of [
            ["max", 0],
            ["min", -0],
          ] as const) {
            const numbers = Array(length).fill(-zero);
            const rows = { dtype, op, direction: "rows", rows: 1, cols: length, test } as const;
            expectRight({ ...rows, numbers });
            numbers[place] = zero;
            expectRight({ ...rows, numbers });
            expectRight({ ...rows, direction: "columns", rows: length, cols: 1, numbers });
          }
        }
      }
    }
  });
});

/** A workspace that computes the items of a call one by one, the last first. */
function backwards(test: typeof plain): typeof plain.workspace {
  const { executor } = test.workspace;
  const run: Executor["run"] = (kernel, items, count, nanoseconds) => {
    for (let i = count - 1; i >= 0; i--) {
      executor.run(kernel, items + i * kernel.itemBytes, 1, nanoseconds);
    }
  };
  return { ...test.workspace, executor: { ...executor, run } };
}

describe("a large reduction", () => {
  const cases = [
    ["rows", 2, 131_073, ownLayouts.rows],
    ["rows", 40, 4_001, ownLayouts.rows],
    ["rows", 5_003, 1, ownLayouts.rows],
    ["columns", 45_001, 3, ownLayouts.rows],
    ["columns", 150, 1030, ownLayouts.padded],
    ["columns", 150, 1024, ownLayouts.rows],
    ["columns", 203, 601, ownLayouts.padded],
    ["all", 1, 131_073, ownLayouts.rows],
    ["all", 400, 350, ownLayouts.padded],
    ["all", 2, 70_000, ownLayouts.padded],
    ["all", 350, 400, ownLayouts["padded columns"]],
    ["all", 140_000, 1, ownLayouts.strided],
  ] as const;

  it.each(cases)("along %s of %i×%i is right", (direction, rows, cols, layout) => {
    for (const [dtype, op] of [
      ["f32", "sum"],
      ["f32", "min"],
      ["f32", "argmax"],
      ["f64", "argmax"],
      ["i32", "sum"],
    ] as const) {
      expectRight({ dtype, op, direction, rows, cols, layout });
    }
    expectRight({ dtype: "f32", op: "argmax", direction, rows, cols, layout, test: exact });
  });

  it.each(cases)(
    "along %s of %i×%i has the same bits in any order of items",
    (direction, rows, cols, layout) => {
      for (const test of [plain, exact]) {
        const input = test.upload(
          randomNumbers("f32", rows * cols),
          "f32",
          rows,
          cols,
          layout(rows, cols),
        );
        const [height, width] = [
          direction === "rows" ? rows : 1,
          direction === "columns" ? cols : 1,
        ];
        const results = [test.workspace, backwards(test)].map((workspace) => {
          const out = test.upload([], "f32", height, width);
          reduce(workspace, [{ inputs: [input], out }], x, "sum");
          return test.download(out);
        });
        expect(differences(results[1]!, results[0]!)).toEqual([]);
      }
    },
  );

  it("finds the first of equals in whichever piece", () => {
    const [rows, cols] = [300, 500];
    for (const dtype of ["f32", "f64", "i32"] as const) {
      for (const layout of [ownLayouts.padded, ownLayouts.columns]) {
        for (const place of [0, 70_000]) {
          const numbers = Array(rows * cols).fill(1);
          for (const at of [place, 140_001, 149_999]) numbers[at] = 2;
          expectRight({ dtype, op: "argmax", direction: "all", rows, cols, numbers, layout });
        }
      }
    }
  });
});

describe("reproducible", () => {
  it.each(directions)("sums along %s in doubles, in order, and rounds once", (direction) => {
    for (const dtype of ["f32", "f64", "f16"] as const) {
      for (const layout of [ownLayouts.rows, ownLayouts.columns, ownLayouts.strided]) {
        const [rows, cols] = [67, 131];
        const numbers = randomNumbers(dtype, rows * cols);
        const input = exact.upload(numbers, dtype, rows, cols, layout(rows, cols));
        const shape = [
          direction === "rows" ? rows : 1,
          direction === "columns" ? cols : 1,
        ] as const;
        const out = exact.upload([], dtype, ...shape);
        reduce(exact.workspace, [{ inputs: [input], out }], expr.mul(x, x), "sum");
        const sums = groups({ direction, rows, cols }).map((indices) =>
          stored(
            dtype,
            indices.reduce((sum, k) => sum + numbers[k]! * numbers[k]!, 0),
          ),
        );
        expect(exact.download(out)).toEqual(sums);
      }
    }
  });
});

describe("an expression", () => {
  /** Σ over rows of e(x, y) for operands of given types and layouts, against the host. */
  function expectExpression(
    e: Expr,
    types: readonly [DType, DType],
    layouts: readonly [LayoutOf, LayoutOf],
    bound: number,
  ): void {
    const [rows, cols] = [13, 21];
    const inputs = types.map((dtype, k) =>
      plain.upload(
        randomNumbers(dtype, rows * cols, k + 1),
        dtype,
        rows,
        cols,
        layouts[k]!(rows, cols),
      ),
    );
    const [first, second] = inputs.map((input) => plain.download(input)) as [number[], number[]];
    for (const direction of directions) {
      const shape = [direction === "rows" ? rows : 1, direction === "columns" ? cols : 1] as const;
      const out = plain.upload([], computeDType(types[0]), ...shape);
      reduce(plain.workspace, [{ inputs, out }], e, "sum");
      const actual = plain.download(out);
      groups({ direction, rows, cols }).forEach((indices, r) => {
        const values = indices.map((k) => expr.evaluate(e, [first[k]!, second[k]!]));
        const sum = values.reduce((total, v) => total + v, 0);
        const magnitude = values.reduce((total, v) => total + Math.abs(v), 0);
        expect(Math.abs(actual[r]! - sum)).toBeLessThanOrEqual(bound * magnitude);
      });
    }
  }

  const layouts = Object.values({ ...ownLayouts, ...broadcastLayouts });

  it("of operands of any layout", () => {
    for (const first of layouts) {
      for (const second of [ownLayouts.rows, ownLayouts.columns, ownLayouts.strided]) {
        // A product and 273 sums.
        expectExpression(expr.mul(x, y), ["f32", "f32"], [first, second], 274 * 2 ** -24);
        expectExpression(expr.mul(x, y), ["f64", "f64"], [second, first], 274 * 2 ** -53);
      }
    }
  });

  it("of f16 and f32 together", () => {
    const rows = [ownLayouts.rows, ownLayouts.rows] as const;
    expectExpression(expr.sub(x, y), ["f16", "f32"], rows, 275 * 2 ** -24);
    expectExpression(expr.sub(x, y), ["f32", "f16"], rows, 275 * 2 ** -24);
  });

  it("with functions", () => {
    const rows = [ownLayouts.rows, ownLayouts.rows] as const;
    expectExpression(expr.mul(expr.exp(x), expr.abs(y)), ["f32", "f32"], rows, 290 * 2 ** -24);
  });

  it("that reads the second operand only, or none", () => {
    const rows = [ownLayouts.rows, ownLayouts.columns] as const;
    expectExpression(y, ["f32", "f32"], rows, 273 * 2 ** -24);
    expectExpression(expr.constant(0.5), ["f32", "f32"], rows, 0);
  });

  it("is compiled once, whichever object it is", () => {
    const test = createTestWorkspace();
    const input = test.upload([1, 2, 3, 4], "f32", 2, 2);
    const out = test.upload([], "f32", 1, 1);
    for (let i = 0; i < 3; i++) {
      reduce(
        test.workspace,
        [{ inputs: [input], out }],
        expr.mul(expr.input(0), expr.input(0)),
        "sum",
      );
    }
    expect(test.download(out)).toEqual([30]);
    expect(test.kernels()).toEqual([expect.stringMatching(/^sum_all_f32_f32a_to_f32_/)]);
  });

  it("that i32 does not have is refused before anything is written", () => {
    const input = plain.upload([1, 2], "i32", 1, 2);
    const out = plain.upload([5], "i32", 1, 1);
    expect(() => reduce(plain.workspace, [{ inputs: [input], out }], expr.exp(x), "sum")).toThrow(
      expect.objectContaining({ code: "DTYPE" }),
    );
    expect(plain.download(out)).toEqual([5]);
  });
});

describe("a list", () => {
  it("of tasks that need different kernels, large and empty ones among them", () => {
    const shapes = [
      [3, 4],
      [0, 5],
      [1, 1],
      [400, 400],
      [5, 0],
      [2, 70_000],
      [17, 9],
    ] as const;
    for (const op of ops) {
      const tasks = shapes.flatMap(([rows, cols]) =>
        directions.map((direction) => {
          const input = plain.upload(randomNumbers("f32", rows * cols), "f32", rows, cols);
          const shape = [
            direction === "rows" ? rows : 1,
            direction === "columns" ? cols : 1,
          ] as const;
          return {
            inputs: [input],
            out: plain.upload([], op === "argmax" ? "i32" : "f32", ...shape),
            direction,
          };
        }),
      );
      reduce(plain.workspace, tasks, x, op);
      for (const { inputs, out, direction } of tasks) {
        const [input] = inputs as [(typeof inputs)[0]];
        const spec = { op, dtype: "f32", direction, rows: input.rows, cols: input.cols } as const;
        expect(mistakes(spec, plain.download(input), plain.download(out)).slice(0, 5)).toEqual([]);
        expect(outside(plain, out).every((value) => value === 7)).toBe(true);
      }
    }
  });

  it("of nothing", () => {
    expect(() => reduce(plain.workspace, [], x, "sum")).not.toThrow();
  });
});

it("refuses an out that fits no direction", () => {
  const input = plain.upload(Array(6).fill(1), "f32", 2, 3);
  const out = plain.upload([], "f32", 3, 1);
  expect(() => reduce(plain.workspace, [{ inputs: [input], out }], x, "sum")).toThrow(
    expect.objectContaining({
      code: "SHAPE",
      message: expect.stringContaining("out is 3×1; over inputs of 2×3 it must be 2×1, 1×3 or 1×1"),
    }),
  );
});
