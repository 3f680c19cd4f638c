import { type Backend, type DType, denseView, expr, type Product, relu } from "@blk/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WebGpuBackend } from "../src/backend.js";
import { tileName } from "../src/params.js";
import { provider } from "./gpu.js";
import { elementsOf, type HostView, hostView, type Layout, layouts } from "./host-views.js";

let backend: Backend;
beforeAll(async () => {
  backend = await provider.create();
});
afterAll(async () => {
  await backend.dispose();
});

/** Whole numbers, small enough that all sums are exact in any order. */
function whole(seed: number): (i: number, j: number) => number {
  return (i, j) => ((((i + 1) * 7919 + (j + 3) * 104729 + seed * 1299709) >>> 2) % 7) - 3;
}

interface HostTerm {
  readonly a: HostView;
  readonly b: HostView;
  readonly rows: HostView | undefined;
}

interface Spec {
  readonly dtype: DType;
  readonly m: number;
  readonly n: number;
  readonly ks: readonly number[];
  readonly layouts: readonly [Layout, Layout, Layout];
  readonly hasRows: boolean;
  readonly alpha: number;
  readonly beta: number;
  readonly hasBias: boolean;
}

/** Runs a product and compares it with plain loops, exactly. */
async function check({
  dtype,
  m,
  n,
  ks,
  hasRows,
  alpha,
  beta,
  hasBias,
  ...spec
}: Spec): Promise<void> {
  const [layoutA, layoutB, layoutC] = spec.layouts;
  const sourceRows = hasRows ? m + 2 : m;
  const terms = ks.map(
    (k, t): HostTerm => ({
      a: hostView(backend, dtype, sourceRows, k, layoutA, whole(2 * t)),
      b: hostView(backend, dtype, k, n, layoutB, whole(2 * t + 1)),
      rows: hasRows
        ? hostView(backend, "i32", m, 1, "padded", (i) => ((i * 5 + t) % (sourceRows + 2)) - 1)
        : undefined,
    }),
  );
  const c = hostView(backend, dtype, m, n, layoutC, beta === 0 ? () => Number.NaN : whole(99));
  const bias = hostView(backend, dtype, m, n, "columns", whole(77));
  const product: Product = {
    c: c.view,
    terms: terms.map(({ a, b, rows }) => ({
      a: a.view,
      b: b.view,
      ...(rows !== undefined && { rows: rows.view }),
    })),
    ...(hasBias && { operands: [bias.view] }),
  };
  const epilogue = relu(expr.add(expr.input(0), expr.input(1)));
  backend.multiply([product], { alpha, beta, ...(hasBias && { epilogue }) });
  const found = await elementsOf(backend, c.view);
  const expected = c.elements.map((old, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    terms.forEach(({ a, b, rows }, t) => {
      const row = rows === undefined ? i : rows.elements[i]!;
      if (row < 0 || row >= sourceRows) return;
      const k = ks[t]!;
      for (let l = 0; l < k; l++) sum += a.elements[row * k + l]! * b.elements[l * n + j]!;
    });
    const value = alpha * sum + (beta === 0 ? 0 : beta * old);
    return hasBias ? Math.max(0, value + bias.elements[at]!) : value;
  });
  // Without the difference between 0 and −0.
  expect(found.map((x) => x + 0)).toEqual(expected.map((x) => x + 0));
  for (const { view } of [
    c,
    bias,
    ...terms.flatMap(({ a, b, rows }) => [a, b, ...(rows ? [rows] : [])]),
  ]) {
    view.buffer.dispose();
  }
}

const edges = [0, 1, 3, 4, 5, 15, 16, 17, 33, 63, 64, 65, 97];
const size = fc.constantFrom(...edges);
const layout = fc.constantFrom(...layouts);

describe("multiply", () => {
  test("has the results of plain loops, for all shapes, layouts, terms and scalars", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          dtype: fc.constantFrom<DType>("f32", "i32", "f16"),
          m: size,
          n: size,
          ks: fc.array(fc.constantFrom(0, 1, 7, 16, 33), { maxLength: 3 }),
          layouts: fc.tuple(layout, layout, layout),
          hasRows: fc.boolean(),
          alpha: fc.constantFrom(1, 2),
          beta: fc.constantFrom(0, -1),
          hasBias: fc.boolean(),
        }),
        check,
      ),
      { numRuns: 60, seed: 1 },
    );
  }, 300_000);

  test("splits long sums, in the same order each time", async () => {
    const spec: Spec = {
      dtype: "f32",
      m: 9,
      n: 17,
      ks: [700, 1, 600],
      layouts: ["aligned", "columns", "padded"],
      hasRows: false,
      alpha: 2,
      beta: 1,
      hasBias: true,
    };
    await check(spec);
    await check({ ...spec, n: 2, ks: [3000, 40] });
    await check({ ...spec, n: 1, m: 1, ks: [5000] });
  }, 100_000);

  test("adds in one order, whether memory lets it read vectors or not", async () => {
    const [m, k] = [19, 333];
    const numbers = (count: number, offset: number): Float32Array =>
      new Float32Array(count + offset).map((_, i) => Math.sin(i - offset));
    const results: Float32Array[] = [];
    const variants: (string | undefined)[] = [];
    for (const offset of [0, 4, 1]) {
      const [a, b] = [m * 336, k].map((count) => {
        const values = numbers(count, offset);
        const buffer = backend.allocate(values.byteLength);
        backend.write(buffer, values);
        return buffer;
      });
      const c = denseView(backend.allocate(4 * m), "f32", m, 1);
      const left = { ...denseView(a!, "f32", m, k), offset, rowStride: 336 };
      const terms = [{ a: left, b: { ...denseView(b!, "f32", k, 1), offset } }];
      variants.push(backend.plan?.([{ c, terms }]).variant);
      backend.multiply([{ c, terms }]);
      results.push((await backend.read(c)) as Float32Array);
      for (const buffer of [a!, b!, c.buffer]) buffer.dispose();
    }
    expect(variants[0]).toMatch(/^gemv_f32_.*_v4/);
    expect(variants[2]).toMatch(/^gemv_f32_.*_v1/);
    expect(results[0]?.some((x) => x !== 0)).toBe(true);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  }, 100_000);

  test("frees its scratch memory", async () => {
    const before = backend.memoryUsage();
    const view = denseView(backend.allocate(4 * 4096), "f32", 1, 4096);
    const c = denseView(backend.allocate(4), "f32", 1, 1);
    const b = { ...view, rows: 4096, cols: 1, rowStride: 1 };
    backend.write(view.buffer, new Float32Array(4096).fill(2));
    const products = [{ c, terms: [{ a: view, b }] }];
    expect(backend.plan?.(products)).toEqual({
      variant: "gemv_f32_16x16_n1_v4_split4",
      workspaceBytes: 16,
    });
    backend.multiply(products);
    expect(await backend.read(c)).toEqual(new Float32Array([4 * 4096]));
    view.buffer.dispose();
    c.buffer.dispose();
    expect(backend.memoryUsage()).toEqual(before);
  });
});

describe("plan", () => {
  test("names the variant of the largest product", () => {
    const dense = (rows: number, cols: number) =>
      denseView(backend.allocate(4 * rows * cols), "f32", rows, cols);
    const large = { c: dense(256, 256), terms: [{ a: dense(256, 64), b: dense(64, 256) }] };
    const small = { c: dense(9, 9), terms: [{ a: dense(9, 7), b: dense(7, 9) }] };
    const { params } = backend as WebGpuBackend;
    expect(backend.plan?.([small, large])).toEqual({
      variant: `gemm_f32_${tileName(params.tiles[0]!)}_v4`,
      workspaceBytes: 0,
    });
    expect(backend.plan?.([small]).variant).toBe(`gemm_f32_${tileName(params.tiles.at(-1)!)}_v1`);
    expect(backend.plan?.([]).variant).toBe("none");
    expect(backend.plan?.([{ c: dense(2, 3), terms: [] }]).variant).toBe("gemm_parts_f32_none");
  });
});
