import {
  BlockMatrix,
  type DeviceBuffer,
  type DType,
  dtypes,
  explainMatmul,
  expr,
  type MatrixView,
  matmul,
  openBackend,
  type PackedOperand,
  type Product,
  type ProductOptions,
  pack,
} from "@blk/core";
import { describe, expect, test, vi } from "vitest";
import type { Executor } from "../src/executor.js";
import { GemmKernels } from "../src/gemm-kernels.js";
import { wasm } from "../src/index.js";
import type { ComputeType } from "../src/kernels/arithmetic.js";
import { packOperand } from "../src/pack.js";
import { defaultParams, type GemmParams } from "../src/params.js";
import { multiply, planProducts } from "../src/product.js";
import type { Workspace } from "../src/workspace.js";
import { broadcastLayouts, differences, outside, ownLayouts, randomNumbers } from "./layouts.js";
import { createTestWorkspace, type Layout, type TestWorkspace } from "./workspace.js";

interface Bench extends TestWorkspace {
  readonly gemm: GemmKernels;
  packed(view: MatrixView): PackedOperand;
}

interface BenchOptions {
  readonly threads?: number;
  readonly reproducible?: boolean;
}

function bench(params: Partial<GemmParams>, { threads = 1, ...rest }: BenchOptions = {}): Bench {
  const made = createTestWorkspace(rest);
  const workspace = { ...made.workspace, executor: dealing(made.workspace, threads) };
  const sizes = (type: ComputeType): GemmParams => ({ ...defaultParams(type, false), ...params });
  const gemm = new GemmKernels(workspace, {
    f32: sizes("f32"),
    f64: sizes("f64"),
    i32: sizes("i32"),
  });
  const allocate = (byteLength: number): DeviceBuffer => {
    const address = workspace.memory.allocate(byteLength) as number;
    // What is not written must not be read.
    workspace.memory.views.u8.fill(0xff, address, address + byteLength);
    return Object.assign({ byteLength, disposed: false, dispose: () => undefined }, { address });
  };
  const packed = (view: MatrixView) => packOperand(workspace, gemm, view, allocate);
  return { ...made, workspace, gemm, packed };
}

/** Runs each item alone, and says how many threads there are. */
function dealing({ executor }: Workspace, threads: number): Executor {
  return {
    ...executor,
    threads,
    run(kernel, items, count, nanoseconds) {
      for (let i = 0; i < count; i++) {
        executor.run(kernel, items + i * kernel.itemBytes, 1, nanoseconds);
      }
    },
  };
}

type LayoutName = keyof typeof ownLayouts | keyof typeof broadcastLayouts;

function layoutOf(name: LayoutName, rows: number, cols: number): Layout {
  return { ...ownLayouts, ...broadcastLayouts }[name](rows, cols);
}

function random(
  b: TestWorkspace,
  dtype: DType,
  rows: number,
  cols: number,
  seed: number,
  layout: LayoutName = "rows",
): MatrixView {
  const numbers = randomNumbers(dtype, rows * cols, seed);
  return b.upload(numbers, dtype, rows, cols, layoutOf(layout, rows, cols));
}

/** What differs between the product as it is given and the same without what was packed. */
function changes(
  b: Bench,
  product: Product,
  options: ProductOptions = {},
  layout: LayoutName = "rows",
): string[] {
  const { dtype, rows, cols } = product.c;
  const bare = product.terms.map(({ packed: _, ...term }) => term);
  const [with_, without] = [product.terms, bare].map((terms) => {
    const c = random(b, dtype, rows, cols, 77, layout);
    multiply(b.workspace, b.gemm, [{ ...product, c, terms }], options);
    return [...b.download(c), ...outside(b, c)];
  }) as [number[], number[]];
  return differences(with_, without);
}

function variantOf(b: Bench, product: Product): string {
  return planProducts(b.workspace, b.gemm, [product]).variant;
}

const small = { mr: 4, vectors: 2, parts: 2, kc: 16, mc: 8, nc: 16 };
const thirds = { vectors: 3, mr: 3, mc: 9, nc: 36, kc: 16 };

describe.each(dtypes)(
  "products with a packed factor of %s have the bits of those without",
  (dtype) => {
    test.each([
      ["8 columns", small],
      ["columns of three vectors", thirds],
    ])("all sizes around the tiles: %s", (_, params) => {
      const b = bench(params);
      for (const k of [0, 1, 5, 15, 16, 17, 33]) {
        for (const n of [0, 1, 3, 4, 7, 8, 9, 11, 12, 13, 16, 17, 37]) {
          const y = random(b, dtype, k, n, 2);
          const packed = b.packed(y);
          for (const m of [0, 1, 2, 3, 4, 5, 9, 17]) {
            const terms = [{ a: random(b, dtype, m, k, 1), b: y, packed }];
            const c = random(b, dtype, m, n, 3);
            expect(changes(b, { c, terms }), `${m}×${n}×${k}`).toEqual([]);
          }
        }
      }
    });

    test("whatever the layout of each matrix, and finished by an epilogue", () => {
      const b = bench(small);
      const names = Object.keys(ownLayouts) as (keyof typeof ownLayouts)[];
      const epilogue = expr.max(expr.add(expr.input(0), expr.input(1)), 0);
      const scaled = { alpha: 2, beta: -3 };
      for (const layout of [...names, "one row", "one column", "one number"] as const) {
        const y = random(b, dtype, 21, 19, 2, layout);
        const packed = b.packed(y);
        for (const m of [2, 7]) {
          const terms = [{ a: random(b, dtype, m, 21, 1), b: y, packed }];
          for (const other of names) {
            const c = random(b, dtype, m, 19, 3);
            const operands = [random(b, dtype, m, 19, 4, "one row")];
            expect(changes(b, { c, terms }, scaled, other)).toEqual([]);
            expect(changes(b, { c, terms, operands }, { epilogue }, other)).toEqual([]);
          }
        }
      }
    });

    test("several terms, some packed, some read by index", () => {
      const b = bench(small);
      const rows = b.upload([3, 0, -1, 9, 4, 1, 1], "i32", 7, 1);
      for (const mask of [0, 1, 5, 6, 7]) {
        const terms = [3, 20, 7].map((k, at) => {
          const y = random(b, dtype, k, 19, at, at === 1 ? "columns" : "rows");
          const term = { a: random(b, dtype, 7, k, 9 + at), b: y, ...(at === 2 && { rows }) };
          return (mask >> at) % 2 === 0 ? term : { ...term, packed: b.packed(y) };
        });
        expect(changes(b, { c: random(b, dtype, 7, 19, 3), terms })).toEqual([]);
      }
    });

    test("columns that are cut for threads and for finishing", () => {
      for (const threads of [1, 3]) {
        for (const params of [{}, { vectors: 3, mr: 3, nc: 36 }]) {
          const b = bench(params, { threads });
          const y = random(b, dtype, 600, 1101, 2);
          const terms = [{ a: random(b, dtype, 7, 600, 1), b: y, packed: b.packed(y) }];
          const product = { c: random(b, dtype, 7, 1101, 3), terms };
          expect(changes(b, product)).toEqual([]);
          expect(changes(b, product, { alpha: 3 })).toEqual([]);
        }
      }
    });

    test("reproducible", () => {
      const b = bench(small, { reproducible: true });
      const y = random(b, dtype, 37, 19, 2, "columns");
      for (const m of [1, 3, 6]) {
        const terms = [{ a: random(b, dtype, m, 37, 1), b: y, packed: b.packed(y) }];
        expect(changes(b, { c: random(b, dtype, m, 19, 3), terms })).toEqual([]);
      }
    });
  },
);

describe("what was packed", () => {
  const shape = (b: Bench, m: number) => {
    const y = random(b, "f32", 40, 29, 2);
    const a = random(b, "f32", m, 40, 1);
    return { y, a, c: random(b, "f32", m, 29, 3) };
  };

  test("is read where factors would be packed, and b where it is read in place", () => {
    const b = bench(small);
    const { y, a, c } = shape(b, 5);
    const packed = b.packed(y);
    // From here on b and what was packed of it differ.
    const other = random(b, "f32", 40, 29, 50);
    const [seen, own, changed] = [packed, undefined, undefined].map((one, at) => {
      const right = at === 1 ? y : other;
      const terms = [one === undefined ? { a, b: right } : { a, b: right, packed: one }];
      const result = random(b, "f32", 5, 29, 4);
      multiply(b.workspace, b.gemm, [{ c: result, terms }], {});
      return b.download(result);
    });
    expect(seen).toEqual(own);
    expect(seen).not.toEqual(changed);
    expect(variantOf(b, { c, terms: [{ a, b: y, packed }] })).toBe("gemm_f32_4x8_u8_p2_prepacked");
    const few = shape(b, 3);
    const inPlace = { c: few.c, terms: [{ a: few.a, b: y, packed }] };
    expect(variantOf(b, inPlace)).toBe("gemm_f32_4x8_u8_p2");
    const columns = random(b, "f32", 5, 29, 3, "columns");
    expect(variantOf(b, { c: columns, terms: [{ a, b: y, packed }] })).toBe("gemm_f32_4x8_u8_p2");
  });

  test("keeps its layout when the tile changes", () => {
    const b = bench(small);
    const { y, a, c } = shape(b, 6);
    const packed = b.packed(y);
    const product = { c, terms: [{ a, b: y, packed }] };
    b.gemm.params.f32 = { ...b.gemm.params.f32, mr: 5, mc: 10 };
    expect(variantOf(b, product)).toBe("gemm_f32_5x8_u8_p2_prepacked");
    expect(changes(b, product)).toEqual([]);
    b.gemm.params.f32 = { ...b.gemm.params.f32, mr: 6, mc: 12, kc: 32 };
    expect(variantOf(b, product)).toBe("gemm_f32_4x8_u8_p2_prepacked");
    expect(changes(b, product)).toEqual([]);
    b.gemm.params.f32 = { ...b.gemm.params.f32, ...thirds };
    expect(variantOf(b, product)).toBe("gemm_f32_4x8_u8_p2_prepacked");
    expect(changes(b, product)).toEqual([]);
    // The first term decides; what was packed for another tile is left alone.
    const later = { a, b: y, packed: b.packed(y) };
    const mixed = { c, terms: [{ a, b: y, packed }, later] };
    expect(variantOf(b, mixed)).toBe("gemm_f32_4x8_u8_p2_partly_prepacked");
    expect(changes(b, mixed)).toEqual([]);
  });

  test("does not mix with products of another tile in one call", () => {
    const b = bench(small);
    const { y, a } = shape(b, 6);
    const packed = b.packed(y);
    b.gemm.params.f32 = { ...b.gemm.params.f32, ...thirds };
    const run = (terms: readonly Product["terms"][]): number[][] => {
      const products = terms.map((one) => ({ c: random(b, "f32", 6, 29, 5), terms: one }));
      multiply(b.workspace, b.gemm, products, {});
      return products.map(({ c }) => b.download(c));
    };
    const bare = [{ a, b: y }];
    const expected = run([bare, bare]);
    expect(run([[{ a, b: y, packed }], bare])).toEqual(expected);
    expect(run([bare, [{ a, b: y, packed }]])).toEqual(expected);
  });

  test("of the largest product of a call is what the plan names", () => {
    const b = bench(small);
    const [large, few] = [shape(b, 5), shape(b, 3)];
    const products = [large, few].map(({ y, a, c }) => ({
      c,
      terms: [{ a, b: y, packed: b.packed(y) }],
    }));
    for (const list of [products, [...products].reverse()]) {
      const { variant } = planProducts(b.workspace, b.gemm, list);
      expect(variant).toBe("gemm_f32_4x8_u8_p2_prepacked");
    }
  });

  test("gives its memory back where packing fails", () => {
    const b = bench(small);
    const { y } = shape(b, 5);
    const executor: Executor = {
      ...b.workspace.executor,
      run() {
        throw new Error("it failed");
      },
    };
    const dispose = vi.fn();
    const allocate = (byteLength: number): DeviceBuffer => {
      const address = b.workspace.memory.allocate(byteLength);
      return Object.assign({ byteLength, disposed: false, dispose }, { address });
    };
    expect(() => packOperand({ ...b.workspace, executor }, b.gemm, y, allocate)).toThrow(
      "it failed",
    );
    expect(dispose).toHaveBeenCalledTimes(1);
  });

  test("of another backend is refused", () => {
    const b = bench(small);
    const { y, a, c } = shape(b, 5);
    const packed = { byteLength: 0, disposed: false, dispose: () => undefined };
    const run = () => multiply(b.workspace, b.gemm, [{ c, terms: [{ a, b: y, packed }] }], {});
    expect(run).toThrow("belongs to another backend");
  });
});

describe("pack", () => {
  const weights = { rows: 70, cols: 50 };

  test("counts as memory until it is disposed, and explains itself", async () => {
    await using backend = await openBackend([wasm({ threads: 1 })]);
    using w = BlockMatrix.full(backend, 2, weights);
    using x = BlockMatrix.full(backend, 3, { rows: 5, cols: 70 });
    const before = backend.memoryUsage();
    const packed = pack(w);
    // 50 columns are 7 panels of 8, each with room for one row more.
    expect(packed.byteLength).toBe(71 * 56 * 4);
    expect(backend.memoryUsage()).toEqual({
      buffers: before.buffers + 1,
      bytes: before.bytes + packed.byteLength,
    });
    expect(explainMatmul(x, packed).variant).toMatch(/^gemm_f32_.*_prepacked$/);
    expect(explainMatmul(x, w).variant).not.toContain("prepacked");
    using product = matmul(x, packed);
    expect(new Set(await product.toArray())).toEqual(new Set([420]));
    packed.dispose();
    expect(backend.memoryUsage().bytes).toBe(before.bytes + 5 * 50 * 4);
  });

  test("leaves nothing behind where there is no room", async () => {
    await using backend = await openBackend([wasm({ threads: 1, memoryLimit: 2 ** 22 })]);
    using w = BlockMatrix.full(backend, 2, { rows: 1000, cols: 700 });
    const before = backend.memoryUsage();
    expect(() => pack(w)).toThrow("no room for");
    expect(backend.memoryUsage()).toEqual(before);
  });

  test("of blocks, each of which a term reads", async () => {
    await using backend = await openBackend([wasm({ threads: 2 })]);
    const pattern = (row: number, col: number) => (row + col) % 3 !== 1;
    const cuts = { blockRows: [9, 20, 41], blockCols: [25, 1, 24], pattern };
    const numbers = randomNumbers("f32", 70 * 50, 5);
    using w = BlockMatrix.fromArray(backend, numbers, { ...weights, ...cuts });
    using x = BlockMatrix.fromArray(backend, randomNumbers("f32", 350, 6), { rows: 5, cols: 70 });
    using packed = pack(w);
    using product = matmul(x, packed);
    using plain = matmul(x, w);
    expect(await product.toRows()).toEqual(await plain.toRows());
    expect(explainMatmul(x, packed).variant).toMatch(/_prepacked$/);
  });
});
