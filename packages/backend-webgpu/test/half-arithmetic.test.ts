import { type DType, decodeHalf, encodeHalf, openBackend, type Product } from "@blk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasHalfArithmetic } from "../src/half-arithmetic.js";
import { webgpu } from "../src/index.js";
import { type GemmTile, halfStrip } from "../src/params.js";
import { gpu } from "./gpu.js";
import { elementsOf, hostView, type Layout, layouts } from "./host-views.js";
import { useBackend } from "./matrices.js";
import { pretending } from "./pretending.js";

// Of small tiles: compilers for processors take long for f16, which processors have not.
const narrow: GemmTile = {
  ...{ rows: 16, cols: 16, threadRows: 4, threadCols: 4, steps: 8 },
  vectors: false,
};
const options = { gpu, halfArithmetic: true, params: { tiles: [narrow], fill: 4 } };
const probed = await webgpu(options).probe();
const hasHalves = probed.available;
const reason = probed.available ? "" : probed.reason;

/** A GPU whose adapter has these features, whatever its devices have. */
function gpuWith(change: (features: Set<string>) => void): GPU {
  const requestAdapter = async (): Promise<GPUAdapter> => {
    const adapter = (await gpu.requestAdapter()) as GPUAdapter;
    const features = new Set<string>(adapter.features as ReadonlySet<string>);
    change(features);
    const requestDevice = (): Promise<GPUDevice> => adapter.requestDevice();
    return pretending(adapter, { features, requestDevice });
  };
  return { requestAdapter } as unknown as GPU;
}

describe("a device that does not compute in f16", () => {
  test("is passed over, with the reason, and refused as UNSUPPORTED", async () => {
    const without = gpuWith((features) => features.delete("shader-f16"));
    const provider = webgpu({ gpu: without, halfArithmetic: true });
    const reasons: string[] = [];
    const opening = openBackend([provider], { onSkip: (skipped) => reasons.push(skipped.reason) });
    await expect(opening).rejects.toMatchObject({ code: "NO_BACKEND" });
    expect(reasons).toEqual([expect.stringMatching(/shader-f16.*does not have.*computed in f32/)]);
    await expect(provider.create()).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  test("is refused where it has the feature, but its compiler none of it", async () => {
    const withFeature = gpuWith((features) => features.add("shader-f16"));
    await expect(webgpu({ gpu: withFeature, halfArithmetic: true }).create()).rejects.toMatchObject(
      { code: "UNSUPPORTED", message: /does not compile/ },
    );
    const device = (await (await gpu.requestAdapter())?.requestDevice()) as GPUDevice;
    expect(await hasHalfArithmetic(device)).toBe(false);
    const features = new Set(["shader-f16"]);
    expect(await hasHalfArithmetic(pretending(device, { features }))).toBe(false);
    device.destroy();
  });

  test("computes in f32 where nothing else is asked for, and says so", async () => {
    const backend = await webgpu({ gpu }).create();
    expect(backend.capabilities.notes).toContain("f16 is stored, and computed in f32");
    await backend.dispose();
  });
});

describe.skipIf(!hasHalves)(`products in f16 ${reason}`, () => {
  const bench = useBackend(() => webgpu(options).create());

  /** γₙ for a unit roundoff. */
  const gamma = (n: number, u: number): number => (n * u) / (1 - n * u);

  interface Spec {
    readonly m: number;
    readonly n: number;
    readonly ks: readonly number[];
    readonly layouts: readonly [Layout, Layout, Layout];
    readonly dtype: DType;
    readonly hasRows: boolean;
  }

  /** Runs a product of numbers from 2⁻⁶ to 1 in size, and holds it against the bound. */
  async function check({ m, n, ks, layouts, dtype, hasRows }: Spec): Promise<void> {
    const { backend } = bench();
    let seed = 1;
    const half = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      const size = 2 ** -6 + (Math.abs(seed) / 2 ** 31) * (1 - 2 ** -6);
      return Math.sign(seed) * decodeHalf(encodeHalf(size));
    };
    const terms = ks.map((k) => ({
      a: hostView(backend, "f16", m, k, layouts[0], half),
      b: hostView(backend, "f16", k, n, layouts[1], half),
      rows: hasRows ? hostView(backend, "i32", m, 1, "padded", (i) => m - 1 - i) : undefined,
    }));
    const c = hostView(backend, dtype, m, n, layouts[2], () => Number.NaN);
    const product: Product = {
      c: c.view,
      terms: terms.map(({ a, b, rows }) => ({
        ...{ a: a.view, b: b.view },
        ...(rows && { rows: rows.view }),
      })),
    };
    backend.multiply([product]);
    const found = await elementsOf(backend, c.view);
    const strips = ks.reduce((sum, k) => sum + Math.ceil(k / halfStrip), 0);
    const ofStrip = gamma(halfStrip, 2 ** -11);
    const relative = ofStrip + (1 + ofStrip) * gamma(strips, 2 ** -24);
    found.forEach((value, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let [sum, size, tiny] = [0, 0, 0];
      terms.forEach(({ a, b, rows }, t) => {
        const k = ks[t]!;
        for (let l = 0; l < k; l++) {
          const x = a.elements[(rows?.elements[i] ?? i) * k + l]! * b.elements[l * n + j]!;
          sum += x;
          size += Math.abs(x);
          // A product or a sum may be taken for zero.
          tiny += 2 * 2 ** -14;
        }
      });
      const stored = dtype === "f16" ? 2 ** -11 * (Math.abs(sum) + relative * size) : 0;
      expect(Math.abs(value - sum)).toBeLessThanOrEqual(relative * size + stored + tiny);
    });
    const views = [c, ...terms.flatMap(({ a, b, rows }) => [a, b, ...(rows ? [rows] : [])])];
    for (const { view } of views) view.buffer.dispose();
  }

  test("keep the bound that is stated, in all shapes and layouts", async () => {
    const size = fc.constantFrom(5, 15, 16, 17, 33, 64, 65, 97);
    const layout = fc.constantFrom(...layouts);
    const specs = fc.record({
      ...{ m: size, n: size, dtype: fc.constantFrom<DType>("f16", "f32"), hasRows: fc.boolean() },
      ks: fc.array(fc.constantFrom(1, 7, 16, 33, 700), { minLength: 1, maxLength: 2 }),
      layouts: fc.tuple(layout, layout, layout),
    });
    await fc.assert(fc.asyncProperty(specs, check), { numRuns: 20, seed: 1 });
  }, 200_000);

  /** `row · ones`, as c of f32 has it in all places. */
  async function sumOf(row: readonly number[]): Promise<number> {
    const { backend, matrix, read } = bench();
    const k = row.length;
    const a = matrix(
      "f16",
      8,
      k,
      Array.from({ length: 8 * k }, (_, at) => row[at % k]!),
    );
    const b = matrix("f16", k, 8, new Float32Array(8 * k).fill(1));
    const c = matrix("f32", 8, 8);
    backend.multiply([{ c, terms: [{ a, b }] }]);
    const results = new Set(await read(c));
    for (const { buffer } of [a, b, c]) buffer.dispose();
    expect(results.size).toBe(1);
    return [...results][0]!;
  }

  const at = (places: Readonly<Record<number, number>>): number[] =>
    Array.from({ length: 64 }, (_, k) => places[k] ?? 0);

  test("are summed in f16 within a strip, and in f32 beyond", async () => {
    expect(await sumOf(new Array(5000).fill(1))).toBe(5000);
    expect(await sumOf(at({ 0: 2048, 16: 1, 32: -2048 }))).toBe(1);
    // No f16 is 2049.
    expect(await sumOf(at({ 0: 2048, 1: 1, 2: -2048 }))).not.toBe(1);
  });

  test("overflow where a strip does, and only there", async () => {
    expect(await sumOf(at({ 15: 40_000, 16: 40_000 }))).toBe(80_000);
    expect(await sumOf(at({ 14: 40_000, 15: -40_000, 16: 60_000 }))).toBe(60_000);
    if (!bench().backend.capabilities.keepsNonFinite) return;
    expect(await sumOf(at({ 16: 40_000, 17: 40_000 }))).toBe(Infinity);
    expect(await sumOf(at({ 16: 40_000, 17: 40_000, 18: -60_000 }))).toBe(Infinity);
  });

  test("are told by the variant and the capabilities; vectors and mixed factors stay in f32", () => {
    const { backend, matrix } = bench();
    const variant = (m: number, a: DType, b: DType, c: DType): string | undefined =>
      backend.plan([
        { c: matrix(c, m, 70), terms: [{ a: matrix(a, m, 30), b: matrix(b, 30, 70) }] },
      ]).variant;
    expect(variant(70, "f16", "f16", "f16")).toMatch(/^gemm_f32_\d+x\d+_\d+x\d+_k16\w*_h16_/);
    expect(variant(70, "f16", "f16", "f32")).toContain("_h16_");
    expect(variant(70, "f16", "f32", "f16")).not.toContain("_h16");
    expect(variant(70, "f32", "f32", "f16")).not.toContain("_h16");
    expect(variant(4, "f16", "f16", "f16")).toMatch(/^gemv_f32_(?!.*_h16)/);
    expect(backend.capabilities.notes.join()).toContain("within strips of 16 of k");
  });

  test("have the same bits whatever the tile", async () => {
    const results: (readonly number[])[] = [];
    const quads = (await gpu.requestAdapter())?.features.has("subgroups") === true;
    for (const tile of [
      narrow,
      { ...narrow, vectors: true },
      { ...narrow, rows: 32, threadRows: 8, steps: 32 },
      ...(quads ? [{ ...narrow, steps: 16, quads }] : []),
    ]) {
      const backend = await webgpu({ ...options, params: { tiles: [tile], fill: 1 } }).create();
      const wave = (i: number, j: number): number => decodeHalf(encodeHalf(Math.sin(7 * i + j)));
      const a = hostView(backend, "f16", 70, 75, "aligned", wave);
      const b = hostView(backend, "f16", 75, 68, "aligned", wave);
      const c = hostView(backend, "f32", 70, 68, "rows", () => 0);
      backend.multiply([{ c: c.view, terms: [{ a: a.view, b: b.view }] }]);
      results.push(await elementsOf(backend, c.view));
      await backend.dispose();
    }
    expect(results.length).toBeGreaterThanOrEqual(3);
    for (const result of results) expect(result).toEqual(results[0]);
  }, 200_000);
});
