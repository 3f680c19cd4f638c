import { type Backend, BlockMatrix, explainMatmul, matmul, openBackend } from "@blk/core";
import { describe, expect, test, vi } from "vitest";
import { GemmKernels } from "../src/gemm-kernels.js";
import { wasm } from "../src/index.js";
import { defaultParams } from "../src/params.js";
import { candidates } from "../src/tuner.js";
import { randomNumbers } from "./layouts.js";
import { later, nameOf, other, useTrialClock, watchMemory } from "./trial-clock.js";
import { createTestWorkspace } from "./workspace.js";

const limit = { timeout: 60_000 };

/** Operations from which a trial pays. */
const enough = 2e9;

const clock = useTrialClock();

describe("trials of a backend's kernels", limit, () => {
  const params = {
    f32: defaultParams("f32", false),
    f64: defaultParams("f64", false),
    i32: defaultParams("i32", false),
  };
  const settled = (): Promise<void> => new Promise((resolve) => later(resolve, 30));

  test("begin when enough was computed in an arithmetic, and once", async () => {
    const b = createTestWorkspace();
    const gemm = new GemmKernels(b.workspace, params, ["i32"]);
    gemm.count("f32", enough / 2);
    gemm.count("f64", enough / 2);
    gemm.count("f32", enough / 2 - 1);
    gemm.count("i32", 10 * enough);
    await settled();
    expect(clock.ran).toEqual([]);
    gemm.count("f32", 1);
    // Not in the middle of a call.
    expect(clock.ran).toEqual([]);
    await vi.waitFor(() => expect(gemm.notes.length).toBe(1));
    const count = clock.ran.length;
    expect(count).toBeGreaterThan(60);
    expect(clock.ran.every((name) => name.startsWith("gemm_f32_"))).toBe(true);
    gemm.count("f32", 10 * enough);
    await settled();
    expect(clock.ran.length).toBe(count);
    gemm.count("f64", enough);
    await vi.waitFor(() => expect(gemm.notes.length).toBe(2));
    expect(clock.ran.slice(count).every((name) => name.startsWith("gemm_f64_"))).toBe(true);
  });

  test("change the tile, and say so", async () => {
    const b = createTestWorkspace();
    const gemm = new GemmKernels(b.workspace, params, []);
    const [before, after] = [gemm.variant("f32"), nameOf("f32", other)];
    clock.take(0.5, after);
    gemm.count("f32", enough);
    expect(gemm.variant("f32")).toBe(before);
    await vi.waitFor(() => expect(gemm.variant("f32")).toBe(after));
    expect(gemm.params.f32).toEqual(other);
    expect(gemm.params.f64).toBe(params.f64);
    const [note] = gemm.notes;
    expect(note).toMatch(`f32 products run ${after}; tried here, GFLOP/s: ${after} 18.9, gemm_`);
    for (const each of candidates("f32", params.f32)) {
      expect(note).toContain(`${nameOf("f32", each)} `);
    }
  });

  test("do not begin where params are fixed, as they are by default", async () => {
    const b = createTestWorkspace();
    const fixed = new GemmKernels(b.workspace, params);
    const half = new GemmKernels(b.workspace, params, ["f32"]);
    fixed.count("f32", 10 * enough);
    fixed.count("f64", 10 * enough);
    half.count("f32", 10 * enough);
    await settled();
    expect(clock.ran).toEqual([]);
  });

  test("do not begin when they were stopped", async () => {
    const b = createTestWorkspace();
    const seen = watchMemory(b);
    const gemm = new GemmKernels(b.workspace, params, []);
    gemm.count("f32", enough);
    gemm.stop();
    gemm.count("f64", enough);
    await settled();
    expect([clock.ran.length, seen.requests]).toEqual([0, 0]);
    expect(gemm.notes).toEqual([]);
  });

  test("that find no memory leave the tile, and say so", async () => {
    const b = createTestWorkspace();
    const seen = watchMemory(b);
    // None at all, and only that of the product's factors.
    for (const limit of [0, 4 * (3 * 96 * 512)]) {
      seen.limit = limit;
      const gemm = new GemmKernels(b.workspace, params, []);
      gemm.count("f32", enough);
      await vi.waitFor(() => expect(gemm.notes.length).toBe(1));
      expect(seen.bytes).toBe(0);
      expect(gemm.params.f32).toBe(params.f32);
      expect(gemm.notes[0]).toMatch(
        /^f32 products run gemm_f32_\w+; others could not be tried \(BlkError: wasm: no room for \d+ bytes to try other tiles; .+\)$/,
      );
    }
  });
});

describe("a backend", limit, () => {
  const variant = (of: BlockMatrix): string => explainMatmul(of, of).variant;
  /** Eight products of 2^28 operations are enough. */
  const large = (backend: Backend): BlockMatrix => {
    const n = 2 ** 9;
    const numbers = Float32Array.from(randomNumbers("f32", n * n, 7));
    return BlockMatrix.fromArray(backend, numbers, { rows: n, cols: n });
  };
  /** The bits of a·a, as one string: large arrays take long to be compared element by element. */
  const bits = async (a: BlockMatrix): Promise<string> => {
    using product = matmul(a, a);
    const words = new Uint16Array((await product.toArray()).buffer as ArrayBuffer);
    let text = "";
    for (let at = 0; at < words.length; at += 4096) {
      text += String.fromCharCode(...words.subarray(at, at + 4096));
    }
    return text;
  };

  test("gives the same bits before, during and after a trial, with one thread and two", {
    timeout: 60_000,
  }, async () => {
    for (const threads of [1, 2]) {
      await using backend = await openBackend([wasm({ threads, relaxedSimd: false })]);
      using a = large(backend);
      const before = variant(a);
      clock.take(0.5, nameOf("f32", other));
      const usage = backend.memoryUsage();
      const first = await bits(a);
      clock.ran = [];
      let during = 0;
      for (let call = 0; backend.capabilities.notes?.length === 0; call++) {
        if (call > 1000) expect.fail("no trial began");
        if (clock.ran.length > 1) {
          clock.ran = [];
          during++;
        }
        expect((await bits(a)) === first).toBe(true);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      expect(during).toBeGreaterThan(5);
      expect((await bits(a)) === first).toBe(true);
      expect(variant(a)).toBe(nameOf("f32", other));
      expect(variant(a)).not.toBe(before);
      expect(backend.capabilities.notes?.[0]).toContain(`f32 products run ${variant(a)}; tried`);
      const [trial] = backend.capabilities.trials ?? [];
      expect(trial).toMatchObject({ kernels: "f32 products", chosen: variant(a) });
      expect(trial?.measured[0]?.variant).toBe(variant(a));
      expect(backend.memoryUsage()).toEqual(usage);
    }
  });

  test("may be disposed during a trial", async () => {
    const backend = await openBackend([wasm({ threads: 1 })]);
    const a = large(backend);
    for (let call = 0; call < 10; call++) await bits(a);
    clock.ran = [];
    await vi.waitFor(() => expect(clock.ran.length).toBeGreaterThan(1), { interval: 0 });
    await backend.dispose();
    const count = clock.ran.length;
    await new Promise((resolve) => later(resolve, 50));
    expect(clock.ran.length).toBe(count);
    expect(backend.capabilities.notes).toEqual([]);
  });

  test("tries nothing where options fix the params", async () => {
    const options = { threads: 1, params: { f32: { kc: 256 } } };
    await using backend = await openBackend([wasm(options)]);
    using a = large(backend);
    for (let call = 0; call < 10; call++) await bits(a);
    clock.ran = [];
    await new Promise((resolve) => later(resolve, 50));
    expect(clock.ran).toEqual([]);
    expect(backend.capabilities.notes).toEqual([]);
  });
});
