import { type DType, dtypes, expr, type MatrixView, type Product } from "@blk/core";
import { describe, expect, test } from "vitest";
import type { Executor } from "../src/executor.js";
import { GemmKernels } from "../src/gemm-kernels.js";
import type { ComputeType } from "../src/kernels/arithmetic.js";
import { defaultParams, type GemmParams } from "../src/params.js";
import { multiply, planProducts } from "../src/product.js";
import type { Workspace } from "../src/workspace.js";
import { ownLayouts, randomNumbers } from "./layouts.js";
import { createTestWorkspace, type TestWorkspace } from "./workspace.js";

/** Small whole numbers: their sums of products are exact in every type, in any order. */
function wholeNumbers(count: number, seed: number): number[] {
  return randomNumbers("f64", count, seed).map((x) => Math.round(4 * x));
}

interface Bench extends TestWorkspace {
  readonly gemm: GemmKernels;
}

function bench(
  params: Partial<GemmParams> = {},
  { threads = 1, reproducible = false } = {},
): Bench {
  const made = createTestWorkspace({ reproducible });
  const workspace = threads === 1 ? made.workspace : sharing(made.workspace, threads);
  const sizes = (type: ComputeType): GemmParams => ({ ...defaultParams(type, false), ...params });
  const byType = { f32: sizes("f32"), f64: sizes("f64"), i32: sizes("i32") };
  const gemm = new GemmKernels(workspace, byType);
  return { ...made, workspace, gemm };
}

/** Runs the items last to first, one at a time, and says that there are several threads. */
function sharing(workspace: Workspace, threads: number): Workspace {
  const { executor } = workspace;
  const backwards: Executor = {
    ...executor,
    threads,
    run(kernel, items, count, nanoseconds) {
      for (let i = count - 1; i >= 0; i--) {
        executor.run(kernel, items + i * kernel.itemBytes, 1, nanoseconds);
      }
    },
  };
  return { ...workspace, executor: backwards };
}

/** `Σₜ aₜ·bₜ` in doubles, row by row. */
function plainProduct(b: TestWorkspace, { c, terms }: Product): number[] {
  const sums = new Array<number>(c.rows * c.cols).fill(0);
  for (const term of terms) {
    const [x, y] = [b.download(term.a), b.download(term.b)];
    const rows = term.rows === undefined ? undefined : b.download(term.rows);
    for (let i = 0; i < c.rows; i++) {
      const row = rows === undefined ? i : (rows[i] as number);
      if (row < 0 || row >= term.a.rows) continue;
      for (let k = 0; k < term.a.cols; k++) {
        const left = x[row * term.a.cols + k] as number;
        for (let j = 0; j < c.cols; j++) {
          const at = i * c.cols + j;
          sums[at] = (sums[at] as number) + left * (y[k * c.cols + j] as number);
        }
      }
    }
  }
  return sums;
}

type LayoutName = keyof typeof ownLayouts;

function whole(
  b: TestWorkspace,
  dtype: DType,
  rows: number,
  cols: number,
  seed: number,
  layout: LayoutName = "rows",
): MatrixView {
  const numbers = wholeNumbers(rows * cols, seed);
  return b.upload(numbers, dtype, rows, cols, ownLayouts[layout]?.(rows, cols));
}

/** A result that holds NaN, so that what is not written shows. */
function unwritten(
  b: TestWorkspace,
  dtype: DType,
  rows: number,
  cols: number,
  layout: LayoutName = "rows",
): MatrixView {
  const old = new Array<number>(rows * cols).fill(dtype === "i32" ? -1234567 : Number.NaN);
  return b.upload(old, dtype, rows, cols, ownLayouts[layout]?.(rows, cols));
}

/** Everything in the buffer but the view's own elements. */
function surroundings(b: TestWorkspace, view: MatrixView): number[] {
  const all = b.contents(view);
  for (let i = 0; i < view.rows; i++) {
    for (let j = 0; j < view.cols; j++) {
      all[view.offset + i * view.rowStride + j * view.colStride] = 0;
    }
  }
  return all;
}

function expectProduct(b: Bench, product: Product): void {
  const before = surroundings(b, product.c);
  multiply(b.workspace, b.gemm, [product], {});
  expect(b.download(product.c)).toEqual(plainProduct(b, product));
  expect(surroundings(b, product.c)).toEqual(before);
}

const small = { kc: 8, mc: 8, nc: 16 };

describe.each(dtypes)("products of %s", (dtype) => {
  test("all sizes around the tiles", () => {
    const b = bench(small);
    for (const m of [0, 1, 2, 3, 4, 5, 8, 9, 13]) {
      for (const n of [0, 1, 3, 4, 7, 8, 9, 16, 17, 23]) {
        for (const k of [0, 1, 3, 4, 5, 8, 9, 21]) {
          const [x, y] = [whole(b, dtype, m, k, 1), whole(b, dtype, k, n, 2)];
          expectProduct(b, { c: unwritten(b, dtype, m, n), terms: [{ a: x, b: y }] });
        }
      }
    }
  });

  test("few rows, of which fewer are taken at a time", () => {
    for (const mc of [1, 2]) {
      const b = bench({ ...small, mr: mc, mc });
      for (const m of [1, 2, 3, 4]) {
        for (const layout of ["rows", "columns", "strided"] as const) {
          const [x, y] = [whole(b, dtype, m, 21, 1, layout), whole(b, dtype, 21, 9, 2)];
          expectProduct(b, { c: unwritten(b, dtype, m, 9), terms: [{ a: x, b: y }] });
          const rows = b.upload([2, -1, 0, 1].slice(0, m), "i32", m, 1);
          const source = whole(b, dtype, 3, 21, 3);
          expectProduct(b, { c: unwritten(b, dtype, m, 9), terms: [{ a: source, b: y, rows }] });
        }
      }
    }
  });

  const names = Object.keys(ownLayouts) as LayoutName[];
  test.each(names)("factors and results that lie as %s", (layout) => {
    const b = bench(small);
    for (const other of names) {
      for (const [m, k, n] of [
        [6, 10, 11],
        [1, 21, 13],
        [19, 9, 1],
        [2, 5, 9],
      ] as const) {
        const x = whole(b, dtype, m, k, 1, layout);
        const y = whole(b, dtype, k, n, 2, other);
        expectProduct(b, { c: unwritten(b, dtype, m, n), terms: [{ a: x, b: y }] });
        expectProduct(b, { c: unwritten(b, dtype, m, n, layout), terms: [{ a: x, b: y }] });
      }
    }
  });

  test("sums of several terms, and rows by index", () => {
    const b = bench(small);
    for (const layout of ["rows", "columns", "strided"] as const) {
      for (const m of [1, 7]) {
        const rowStride = layout === "rows" ? 1 : 3;
        const rows = b.upload([3, 0, -1, 5, 4, 1, 1].slice(0, m), "i32", m, 1, { rowStride }, 2);
        const terms = [
          { a: whole(b, dtype, m, 9, 1), b: whole(b, dtype, 9, 10, 2) },
          { a: whole(b, dtype, 5, 11, 3, layout), b: whole(b, dtype, 11, 10, 4), rows },
          { a: whole(b, dtype, m, 0, 5), b: whole(b, dtype, 0, 10, 6) },
          { a: whole(b, dtype, m, 1, 7), b: whole(b, dtype, 1, 10, 8, layout) },
        ];
        expectProduct(b, { c: unwritten(b, dtype, m, 10), terms });
        expectProduct(b, { c: unwritten(b, dtype, m, 10, "strided"), terms });
      }
    }
  });

  test("many short terms, which share slices of k", () => {
    const b = bench({ kc: 32, mc: 16, nc: 16 });
    for (const [m, n] of [
      [4, 9],
      [16, 40],
      [17, 16],
    ] as const) {
      const rows = b.upload(
        [3, 0, -1, 9, 4, 1, 1, 2, ...Array(9).fill(0)].slice(0, m),
        "i32",
        m,
        1,
      );
      const terms = [5, 16, 1, 7, 16, 16, 0, 3].map((k, at) => {
        const right = whole(b, dtype, k, n, at, at % 3 === 0 ? "columns" : "rows");
        return at % 2 === 0
          ? { a: whole(b, dtype, m, k, at + 9, "strided"), b: right }
          : { a: whole(b, dtype, 5, k, at + 9), b: right, rows };
      });
      expectProduct(b, { c: unwritten(b, dtype, m, n), terms });
      expectProduct(b, { c: unwritten(b, dtype, m, n, "strided"), terms });
    }
  });

  test("alpha, beta and an epilogue with operands", () => {
    const b = bench(small);
    const epilogue = expr.max(expr.add(expr.input(0), expr.input(1)), expr.input(2));
    for (const layout of ["rows", "columns", "strided"] as const) {
      for (const [m, n] of [
        [5, 9],
        [1, 4],
        [6, 1],
      ] as const) {
        const c = whole(b, dtype, m, n, 9, layout);
        const old = b.download(c);
        const bias = whole(b, dtype, 1, n, 5);
        const other = whole(b, dtype, m, n, 6, layout);
        const product = {
          c,
          terms: [{ a: whole(b, dtype, m, 7, 1), b: whole(b, dtype, 7, n, 2) }],
          operands: [{ ...bias, rows: m, rowStride: 0 }, other],
        };
        const sums = plainProduct(b, product);
        const [added, largest] = [b.download(bias), b.download(other)];
        multiply(b.workspace, b.gemm, [product], { alpha: 2, beta: -3, epilogue });
        expect(b.download(c)).toEqual(
          sums.map((sum, at) =>
            Math.max(
              2 * sum - 3 * (old[at] as number) + (added[at % n] as number),
              largest[at] as number,
            ),
          ),
        );
      }
    }
  });

  test("one call for results and operands that lie in different ways", () => {
    const b = bench(small);
    const epilogue = expr.add(expr.input(0), expr.input(1));
    const layouts = ["rows", "strided", "columns", "rows", "padded"] as const;
    const products = layouts.flatMap((layout, at) =>
      layouts.map((other): Product => {
        const [m, n] = [5 + at, 9];
        const terms = [{ a: whole(b, dtype, m, 7, at), b: whole(b, dtype, 7, n, at + 1) }];
        const operands = [whole(b, dtype, m, n, 6, other)];
        return { c: unwritten(b, dtype, m, n, layout), terms, operands };
      }),
    );
    multiply(b.workspace, b.gemm, products, { epilogue });
    for (const product of products) {
      const added = b.download(product.operands![0]!);
      const expected = plainProduct(b, product).map((sum, at) => sum + added[at]!);
      expect(b.download(product.c)).toEqual(expected);
    }
  });

  test("a result larger than the slices and the finished pieces", () => {
    const b = bench();
    const [m, k, n] = [7, 600, 1100];
    const terms = [{ a: whole(b, dtype, m, k, 1), b: whole(b, dtype, k, n, 2) }];
    if (dtype === "f16") {
      // Sums beyond 2¹¹ are not exact in f16.
      const c = unwritten(b, "f32", m, n);
      expectProduct(b, { c, terms });
      return;
    }
    expectProduct(b, { c: unwritten(b, dtype, m, n), terms });
    expectProduct(b, { c: unwritten(b, dtype, m, n, "strided"), terms });
  });
});

describe("the bits of a product", () => {
  const [m, k, n] = [70, 530, 210];
  const left = randomNumbers("f32", m * k, 3);
  const right = randomNumbers("f32", k * n, 4);

  function bits(b: Bench, dtype: DType, layout: LayoutName = "rows"): number[] {
    const a = b.upload(left, dtype, m, k);
    const c = unwritten(b, dtype, m, n);
    const y = b.upload(right, dtype, k, n, ownLayouts[layout]?.(k, n));
    multiply(b.workspace, b.gemm, [{ c, terms: [{ a, b: y }] }], {});
    return b.download(c);
  }

  test.each(["f32", "f64"] as const)("are those of any tile, cut and layout: %s", (dtype) => {
    const expected = bits(bench(), dtype);
    const variants: Partial<GemmParams>[] = [
      { mr: 2, vectors: 4, unroll: 1, mc: 10, nc: 64 },
      { mr: 6, vectors: 2, unroll: 2, parts: 1, mc: 36 },
      { mr: 5, vectors: 2, unroll: 3, parts: 3, kc: 255 },
      { mr: 3, vectors: 3, unroll: 8, nc: 36 },
      { mr: 1, vectors: 1, mc: 7 },
    ];
    for (const variant of variants) expect(bits(bench(variant), dtype)).toEqual(expected);
    expect(bits(bench({}, { threads: 3 }), dtype)).toEqual(expected);
    expect(bits(bench(), dtype, "columns")).toEqual(expected);
    expect(bits(bench(), dtype, "strided")).toEqual(expected);
  });

  test("reproducible: one sum in double in ascending order, rounded once", () => {
    const got = bits(bench({}, { reproducible: true }), "f32");
    const expected = Array.from({ length: m * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let sum = 0;
      for (let s = 0; s < k; s++) {
        sum += (left[i * k + s] as number) * (right[s * n + j] as number);
      }
      return Math.fround(sum);
    });
    expect(got).toEqual(expected);
  });
});

test("results of more sums than scratch memory has room for", { timeout: 60_000 }, () => {
  const b = bench();
  // Scratch memory comes first, so that what is written beyond it lands in the factors.
  expectProduct(b, {
    c: unwritten(b, "f32", 3, 3, "strided"),
    terms: [{ a: whole(b, "f32", 3, 2, 1), b: whole(b, "f32", 2, 3, 2) }],
  });
  const [x, y] = [whole(b, "f32", 1100, 2, 3), whole(b, "f32", 2, 520, 4)];
  const product = { c: unwritten(b, "f32", 1100, 520, "strided"), terms: [{ a: x, b: y }] };
  const expected = plainProduct(b, product);
  multiply(b.workspace, b.gemm, [product], {});
  expect(b.download(product.c).findIndex((value, i) => value !== expected[i])).toBe(-1);
});

test("the plan names the kernel and its scratch memory", () => {
  const b = bench();
  const c = unwritten(b, "f64", 4, 4);
  const terms = [{ a: whole(b, "f64", 4, 4, 1), b: whole(b, "f64", 4, 4, 2) }];
  const { variant, workspaceBytes } = planProducts(b.workspace, b.gemm, [{ c, terms }]);
  expect(variant).toBe("gemm_f64_5x4_u8_p3");
  expect(workspaceBytes).toBeGreaterThan(2 ** 20);
  expect(planProducts(b.workspace, b.gemm, []).variant).toBe("none");
});

test("sizes that no loop could run with are refused by name", async () => {
  const { checkParams } = await import("../src/params.js");
  const params = defaultParams("f32", false);
  for (const wrong of [
    { mc: 121 },
    { nc: 12 },
    { kc: 2 },
    { unroll: 0 },
    { parts: 0 },
    { mr: Number.NaN },
  ]) {
    const [name] = Object.keys(wrong);
    expect(() => checkParams("f32", { ...params, ...wrong })).toThrow(`${name} must be`);
  }
  expect(() => checkParams("f32", params)).not.toThrow();
});
