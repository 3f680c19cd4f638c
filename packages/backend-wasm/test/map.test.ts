import { computeDType, type DType, dtypes, type Expr, expr, type MatrixView } from "@blk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { map, mapMany } from "../src/map.js";
import { broadcastLayouts, ownLayouts, randomNumbers, stored } from "./layouts.js";
import { createTestWorkspace } from "./workspace.js";

const [x, y, z] = [expr.input(0), expr.input(1), expr.input(2)];
const productSum = expr.add(expr.mul(x, y), z);

/** A number as arithmetic of a type takes it: rounded, or truncated and saturated. */
function read(type: "f32" | "f64" | "i32", value: number): number {
  if (type !== "i32") return stored(type, value);
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value) || 0));
}

/** What the expression gives where each step is exact or rounded to `type`, and stored. */
function expectedValues(
  dtype: DType,
  expression: Expr,
  inputs: readonly (readonly number[])[],
  count: number,
): number[] {
  const type = computeDType(dtype);
  return Array.from({ length: count }, (_, k) => {
    const values = inputs.map((input) => read(type, input[k]!));
    if (type === "i32") return expr.evaluateInteger(expression, values);
    const step = (value: number): number => stored(type, value);
    const value = expr.fold<number>(expression, {
      input: (index) => values[index]!,
      constant: step,
      unary: (op, a) => step(expr.applyUnary(op, a)),
      binary: (op, a, b) => step(expr.applyBinary(op, a, b)),
      select: (condition, a, b) => (condition !== 0 ? a : b),
    });
    return stored(dtype, value);
  });
}

const outLayouts = Object.entries(ownLayouts);
const inputLayouts = Object.entries({ ...ownLayouts, ...broadcastLayouts });
const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31];

describe("map", () => {
  const operand = fc.record({
    dtype: fc.constantFrom(...dtypes),
    layout: fc.constantFrom(...inputLayouts),
  });
  const problem = fc.record({
    rows: fc.constantFrom(...sizes),
    cols: fc.constantFrom(...sizes),
    out: fc.record({
      dtype: fc.constantFrom(...dtypes),
      layout: fc.constantFrom(...outLayouts),
    }),
    inputs: fc.tuple(operand, operand, operand),
    seed: fc.integer(),
  });

  test("of operands of all types and layouts computes each element and no other", () => {
    const { workspace, upload, download, contents } = createTestWorkspace();
    fc.assert(
      fc.property(problem, ({ rows, cols, out, inputs, seed }) => {
        const views = inputs.map(({ dtype, layout: [, layoutOf] }, i) => {
          const numbers = randomNumbers(dtype, rows * cols, seed + i);
          return upload(numbers, dtype, rows, cols, layoutOf(rows, cols));
        });
        const target = upload(
          new Array(rows * cols).fill(7),
          out.dtype,
          rows,
          cols,
          out.layout[1](rows, cols),
        );
        const before = views.map(contents);
        map(workspace, [{ inputs: views, out: target }], productSum);
        const expected = expectedValues(out.dtype, productSum, views.map(download), rows * cols);
        expect(download(target)).toEqual(expected);
        expect(views.map(contents)).toEqual(before);
        expect(others(target, contents(target)).every((value) => value === 7)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test("of a list computes each with what it needs, and skips empty ones", () => {
    const { workspace, upload, download } = createTestWorkspace();
    const tasks = Array.from({ length: 60 }, (_, i) => {
      const [rows, cols] = [i % 7, 1 + (i % 5)];
      const dtype = dtypes[i % 4]!;
      const layout = outLayouts[i % outLayouts.length]![1](rows, cols);
      const inputs = [1, 2, 3].map((seed) =>
        upload(randomNumbers(dtype, rows * cols, seed + i), dtype, rows, cols, layout),
      );
      return { inputs, out: upload([], dtype, rows, cols) };
    });
    map(workspace, tasks, productSum);
    for (const { inputs, out } of tasks) {
      const values = inputs.map(download);
      const expected = expectedValues(out.dtype, productSum, values, out.rows * out.cols);
      expect(download(out)).toEqual(expected);
    }
  });

  test.each([
    ["one row", 1, 100_003],
    ["one column", 100_003, 1],
    ["a square", 300, 317],
  ])("of %s with more elements than an item computes all of them", (_, rows, cols) => {
    const { workspace, upload, download } = createTestWorkspace();
    const count = rows * cols;
    const numbers = Array.from({ length: count }, (_, k) => k);
    const a = upload(numbers, "f32", rows, cols, { rowStride: cols + 5, colStride: 1 });
    const b = upload(numbers, "f32", rows, cols, { rowStride: 1, colStride: rows });
    const bias = upload([1, 2, 3], "f32", 1, 1);
    const inputs = [a, b, { ...bias, rows, cols, rowStride: 0, colStride: 0 }];
    const out = upload([], "f32", rows, cols);
    map(workspace, [{ inputs, out }], expr.add(expr.add(x, y), z));
    expect(download(out)).toEqual(numbers.map((k) => 2 * k + 1));
  });

  test("without inputs fills", () => {
    const { workspace, upload, download } = createTestWorkspace();
    for (const dtype of dtypes) {
      const out = upload([], dtype, 3, 5);
      map(workspace, [{ inputs: [], out }], expr.constant(-3));
      expect(download(out)).toEqual(new Array(15).fill(-3));
    }
  });

  test("converts to i32 by truncation and saturation, NaN to 0", () => {
    const { workspace, upload, download } = createTestWorkspace();
    const numbers = [1.9, -1.9, Number.NaN, Number.POSITIVE_INFINITY, -1e30, 1e10, -0.5, 2 ** 31];
    const [most, least] = [2 ** 31 - 1, -(2 ** 31)];
    for (const dtype of ["f32", "f64"] as const) {
      const out = upload([], "i32", 1, 8);
      map(workspace, [{ inputs: [upload(numbers, dtype, 1, 8)], out }], x);
      expect(download(out)).toEqual([1, -1, 0, most, least, most, 0, most]);
    }
  });

  test("makes one kernel of equal expressions and layouts, whatever the sizes", () => {
    const { workspace, upload, kernels } = createTestWorkspace();
    for (const size of [1, 5, 40]) {
      const inputs = [upload([], "f32", size, size), upload([], "f32", size, size)];
      map(workspace, [{ inputs, out: upload([], "f32", size, size) }], expr.add(x, y));
    }
    expect(kernels()).toEqual(["map_f32_f32a_f32a_f32a_x0;x1;add(0,1)"]);
  });

  test.each([
    ["rows", "rows"],
    ["columns", "columns"],
    ["padded", "rows"],
    ["padded columns", "columns"],
  ] as const)("walks along memory, of out by %s and input by %s", (out, input) => {
    const { workspace, upload, kernels } = createTestWorkspace();
    const [from, to] = [input, out].map((layout) =>
      upload([], "f32", 6, 10, ownLayouts[layout](6, 10)),
    );
    map(workspace, [{ inputs: [from!], out: to! }], x);
    expect(kernels()).toEqual(["map_f32_f32a_f32a_x0"]);
  });

  test("of an expression that i32 does not have is refused", () => {
    const { workspace, upload } = createTestWorkspace();
    const task = { inputs: [upload([1], "i32", 1, 1)], out: upload([0], "i32", 1, 1) };
    expect(() => map(workspace, [task], expr.exp(x))).toThrow(/exp is not defined on i32/);
  });
});

describe("reproducible map", () => {
  test.each(["f32", "f16"] as const)("into %s computes in f64 and rounds once", (dtype) => {
    const { workspace, upload, download } = createTestWorkspace({ reproducible: true });
    const types = ["f32", "f64", "f16", "i32"] as const;
    const expression = expr.div(expr.add(expr.mul(x, y), expr.exp(expr.neg(expr.mul(z, z)))), 3);
    const inputs = types.map((type) => {
      const numbers = randomNumbers(type, 1000, 5).map((value) =>
        type === "f16" ? value / 3 : value,
      );
      return upload(numbers, type, 20, 50, ownLayouts.padded(20, 50));
    });
    for (const order of [
      [0, 1, 2],
      [1, 0, 3],
      [2, 2, 1],
      [3, 1, 0],
    ]) {
      const views = order.map((i) => inputs[i]!);
      const out = upload([], dtype, 20, 50);
      map(workspace, [{ inputs: views, out }], expression);
      // Arithmetic is that of f32, so that numbers of other types become f32 as they are read.
      const values = views.map((view) => download(view).map(Math.fround));
      const expected = values[0]!.map((_, k) =>
        stored(
          dtype,
          expr.evaluate(
            expression,
            values.map((list) => list[k]!),
          ),
        ),
      );
      expect(download(out)).toEqual(expected);
    }
  });

  test("into f64 computes in f64", () => {
    const { workspace, upload, download } = createTestWorkspace({ reproducible: true });
    const numbers = randomNumbers("f64", 1000, 9);
    const out = upload([], "f64", 1, 1000);
    const expression = expr.div(expr.add(expr.mul(x, x), 1 / 3), expr.sqrt(expr.abs(x)));
    map(workspace, [{ inputs: [upload(numbers, "f64", 1, 1000)], out }], expression);
    expect(download(out)).toEqual(numbers.map((value) => expr.evaluate(expression, [value])));
  });
});

/** The elements of a view's buffer that are not the view's. */
function others(view: MatrixView, contents: readonly number[]): number[] {
  const own = new Set<number>();
  for (let i = 0; i < view.rows; i++) {
    for (let j = 0; j < view.cols; j++) {
      own.add(view.offset + i * view.rowStride + j * view.colStride);
    }
  }
  return contents.filter((_, k) => !own.has(k));
}

describe("several expressions at once", () => {
  const one = fc.constantFrom(x, y, expr.add(x, y), productSum, expr.mul(productSum, productSum));
  const problem = fc.record({
    dtype: fc.constantFrom(...dtypes),
    exprs: fc.array(one, { minLength: 1, maxLength: 4 }),
    rows: fc.constantFrom(...sizes),
    cols: fc.constantFrom(...sizes),
    inPlace: fc.boolean(),
    layouts: fc.tuple(fc.constantFrom(...outLayouts), fc.constantFrom(...inputLayouts)),
    seed: fc.integer(),
  });

  test.each([
    ["", {}],
    [", reproducible", { reproducible: true }],
  ])("have the bits of one map for each%s", (_, options) => {
    const { workspace, upload, download } = createTestWorkspace(options);
    fc.assert(
      fc.property(problem, ({ dtype, exprs, rows, cols, inPlace, layouts, seed }) => {
        const [[, own], [, other]] = layouts;
        const matrixOf = (number: number, layoutOf = own): MatrixView => {
          const numbers = randomNumbers(dtype, rows * cols, seed + number);
          return upload(numbers, dtype, rows, cols, layoutOf(rows, cols));
        };
        const inputs = [matrixOf(0), matrixOf(1, other), matrixOf(2)];
        const separate = exprs.map((_, k) => matrixOf(10 + k));
        exprs.forEach((e, k) => {
          map(workspace, [{ inputs, out: separate[k]! }], e);
        });
        const outs = exprs.map((_, k) => (inPlace && k === 0 ? inputs[0]! : matrixOf(20 + k)));
        mapMany(workspace, [{ inputs, outs }], exprs);
        for (const [k, out] of outs.entries()) {
          expect(download(out)).toEqual(download(separate[k]!));
        }
      }),
    );
  });
});
