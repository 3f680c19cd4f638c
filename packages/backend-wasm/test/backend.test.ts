import {
  add,
  BlkError,
  BlockMatrix,
  denseView,
  type Expr,
  explainMatmul,
  expr,
  type MatrixView,
  matmul,
  openBackend,
} from "@blk/core";
import { describe, expect, test, vi } from "vitest";
import { WasmBackend } from "../src/backend.js";
import { createExecutor } from "../src/executor.js";
import { type WasmOptions, wasm } from "../src/index.js";
import { LinearMemory } from "../src/linear-memory.js";
import { defaultParams } from "../src/params.js";
import { canShareMemory } from "../src/probe.js";

/** The error that a call throws or rejects with. */
async function errorOf(run: () => unknown): Promise<BlkError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof BlkError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("opening", () => {
  test("says what runs", async () => {
    await using backend = await openBackend([wasm({ threads: 1 })]);
    const { device, threads, dtypes, notes } = backend.capabilities;
    expect(device).toMatch(/^WebAssembly .*SIMD/);
    expect(threads).toBe(1);
    expect(dtypes).toEqual(["f32", "f64", "f16", "i32"]);
    expect(notes).toEqual([]);
  });

  test.each([
    [{ threads: 0 }, "threads must be a whole number from 1 to 256, got 0"],
    [{ threads: Number.NaN }, "threads must be"],
    [{ threads: "2" }, 'threads must be a whole number from 1 to 256, got "2"; leave it out'],
    [{ memoryLimit: 10 }, "memoryLimit must be"],
    [{ relaxedSimd: "no" }, 'relaxedSimd must be true or false, got "no"'],
    [{ reproducible: 1 }, "reproducible must be true or false, got 1"],
    [{ reproducable: true }, 'reproducible, params, got "reproducable"; leave it out'],
    [{ params: null }, "expected options of f32, f64, i32, got null"],
    [{ params: { f16: {} } }, 'the name of params must be one of f32, f64, i32, got "f16"'],
    [{ params: { f32: { MR: 4 } } }, 'unroll, parts, kc, mc, nc, got "MR"'],
    [{ params: { f32: { mr: 4, mc: 121 } } }, "mc must be a multiple of 4 from 4 to 1024, got 121"],
    [null, "expected options of threads, memoryLimit"],
  ] as [WasmOptions, string][])("refuses %o", async (options, message) => {
    const error = await errorOf(() => wasm(options).create());
    expect(error.code).toBe("ARGUMENT");
    expect(error.message).toContain(message);
  });

  test("takes no more than 60 ms", async () => {
    const once = async (): Promise<number> => {
      const start = performance.now();
      await using _backend = await openBackend([wasm()]);
      return performance.now() - start;
    };
    await once();
    const times = [await once(), await once(), await once()];
    expect(Math.min(...times)).toBeLessThan(60);
  });
});

describe("memory", () => {
  test("ends with the figures, loses nothing and goes on", async () => {
    const limit = 2 ** 22;
    await using backend = await openBackend([wasm({ memoryLimit: limit, threads: 1 })]);
    const buffers = [];
    let error: BlkError | undefined;
    while (error === undefined) {
      try {
        buffers.push(backend.allocate(2 ** 18));
      } catch (thrown) {
        error = thrown as BlkError;
      }
    }
    expect(error.code).toBe("OUT_OF_MEMORY");
    expect(error.message).toContain(`no room for ${2 ** 18} bytes beside`);
    expect(error.details).toMatchObject({
      requested: 2 ** 18,
      live: buffers.length * 2 ** 18,
      limit,
    });
    expect(backend.memoryUsage().buffers).toBe(buffers.length);
    expect(buffers.length).toBeGreaterThan(10);
    for (const buffer of buffers) buffer.dispose();
    // Many small ones made one large one again.
    backend.allocate(buffers.length * 2 ** 18).dispose();
    expect(backend.memoryUsage()).toEqual({ buffers: 0, bytes: 0 });
  });

  test.each([1, 2])("comes back as a whole from what %d threads used", async (threads) => {
    await using backend = await openBackend([wasm({ memoryLimit: 2 ** 30, threads })]);
    const large = backend.allocate(2 ** 29);
    for (let calls = 0; calls < 3; calls++) {
      using a = BlockMatrix.full(backend, 1, { rows: 300, cols: 300 });
      using b = BlockMatrix.full(backend, 2, { rows: 300, cols: 300, dtype: "f64" });
      using product = matmul(a, a);
      using square = matmul(b, b);
      using sum = add(product, product);
      expect([(await sum.toArray())[0], (await square.toArray())[0]]).toEqual([600, 1200]);
    }
    large.dispose();
    backend.allocate(backend.capabilities.maxBufferBytes).dispose();
  });

  test("a product for which there is no scratch memory is refused, and later ones run", async () => {
    await using backend = await openBackend([wasm({ memoryLimit: 2 ** 20, threads: 1 })]);
    using a = BlockMatrix.full(backend, 1, { rows: 4, cols: 4 });
    const error = await errorOf(() => matmul(a, a));
    expect(error.code).toBe("OUT_OF_MEMORY");
    expect(error.details).toMatchObject({ limit: 2 ** 20 });
    expect(error.details?.["requested"]).toBeGreaterThan(2 ** 20);
    expect(error.message).toMatch(/no room for \d+ bytes of scratch memory for gemm_f32_/);
    expect(backend.memoryUsage().buffers).toBe(1);
    expect(await a.toArray()).toEqual(new Float32Array(16).fill(1));
    using sum = add(a, a);
    expect(await sum.toArray()).toEqual(new Float32Array(16).fill(2));
  });

  test("grows while views are in use", async () => {
    await using backend = await openBackend([wasm({ threads: 1 })]);
    using a = BlockMatrix.full(backend, 2, { rows: 3, cols: 3 });
    using large = BlockMatrix.full(backend, 1, { rows: 3000, cols: 3000 });
    using product = matmul(a, a);
    expect([...(await product.toArray())]).toEqual(new Array(9).fill(12));
    expect((await large.readBlock(0, 0)).length).toBe(9e6);
  });

  test("hostMemory is the buffer itself", async () => {
    await using backend = await openBackend([wasm({ threads: 1 })]);
    const buffer = backend.allocate(16);
    const elements = backend.hostMemory?.(buffer, "f32");
    elements?.set([1, 2, 3, 4]);
    expect(await backend.read(denseView(buffer, "f32", 2, 2))).toEqual(
      new Float32Array([1, 2, 3, 4]),
    );
    buffer.dispose();
  });
});

describe("a view", () => {
  test.each([
    [{ offset: -1 }, "BOUNDS"],
    [{ offset: 3 }, "BOUNDS"],
    [{ offset: Number.NaN }, "BOUNDS"],
    [{ rowStride: 5 }, "BOUNDS"],
    [{ colStride: -1 }, "BOUNDS"],
    [{ dtype: "f64" }, "BOUNDS"],
    [{ rows: 0, offset: 100 }, undefined],
    [{ offset: 2 }, undefined],
    [{ rowStride: -2, offset: 2 }, undefined],
  ] as const)("of 2×2 in a buffer of six numbers, but %o: %s", async (change, code) => {
    await using backend = await openBackend([wasm({ threads: 1 })]);
    const right = { ...denseView(backend.allocate(24), "f32", 2, 2) };
    const view: MatrixView = { ...right, ...change };
    const calls = [
      () => backend.map([{ inputs: [view], out: right }], expr.input(0)),
      () => backend.read(view),
    ];
    for (const call of calls) {
      if (code === undefined) await call();
      else expect(await errorOf(call)).toMatchObject({ code });
    }
  });

  test("of another backend's buffer, or of one that was disposed, is refused", async () => {
    await using backend = await openBackend([wasm({ threads: 1 })]);
    await using other = await openBackend([wasm({ threads: 1 })]);
    const [foreign, gone] = [other, backend].map((on) => on.allocate(16));
    gone!.dispose();
    for (const [buffer, code] of [
      [foreign!, "BACKEND_MISMATCH"],
      [gone!, "DISPOSED"],
    ] as const) {
      const view = denseView(buffer, "f32", 2, 2);
      expect(await errorOf(() => backend.read(view))).toMatchObject({ code });
      expect(await errorOf(() => backend.write(buffer, new Float32Array(4)))).toMatchObject({
        code,
      });
    }
  });
});

describe("expressions that are new in each call", () => {
  const n = 2 ** 17;
  test.each([1, 3])(
    "%d threads drop their kernels after a while",
    { timeout: 60_000 },
    async (threads) => {
      const memory = new LinearMemory(threads > 1 && canShareMemory(), 2 ** 28);
      const executor = createExecutor(memory, { threads });
      const paramsOf = (type: "f32" | "f64" | "i32") => defaultParams(type, false);
      await using backend = new WasmBackend({
        device: "",
        memory,
        executor,
        reproducible: false,
        params: { f32: paramsOf("f32"), f64: paramsOf("f64"), i32: paramsOf("i32") },
        fixed: ["f32", "f64", "i32"],
      });
      const run = vi.spyOn(executor, "run");
      const [x, y] = [backend.allocate(4 * n), backend.allocate(4 * n)];
      backend.write(x, new Float32Array(n).fill(2));
      const [from, to] = [denseView(x, "f32", 1, n), denseView(y, "f32", 1, n)];
      const results = backend.hostMemory(y, "f32");
      const expressions: Expr[] = [];
      for (let step = 0; step < 2000; step++) {
        const rate = expr.mul(expr.input(0), expr.constant(step + 0.5));
        // Kept, as a program may.
        expressions.push(rate);
        backend.map([{ inputs: [from], out: to }], rate);
        expect(results[0]).toBe(2 * step + 1);
        expect(results[n - 1]).toBe(2 * step + 1);
        if (step % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const names = run.mock.calls.map(([kernel]) => kernel.name);
      expect(new Set(names).size).toBe(2000);
      // Those of old are made anew: nothing holds them, not even their expressions.
      const [first] = run.mock.calls[0]!;
      backend.map([{ inputs: [from], out: to }], expressions[0]!);
      const [again] = run.mock.calls.at(-1)!;
      expect(again.name).toBe(first.name);
      expect(again).not.toBe(first);
      // And those in use are not.
      backend.map([{ inputs: [from], out: to }], expressions[0]!);
      expect(run.mock.calls.at(-1)![0]).toBe(again);
    },
  );
});

describe("explaining", () => {
  test("names the variant, which options fix", async () => {
    const params = { f32: { mr: 2, vectors: 4, unroll: 1, parts: 1 } };
    await using backend = await openBackend([wasm({ params, threads: 1, relaxedSimd: false })]);
    using a = BlockMatrix.full(backend, 1, { rows: 8, cols: 8 });
    expect(explainMatmul(a, a).variant).toBe("gemm_f32_2x16_u1");
  });

  test("multiply-adds are not fused by sizes that come from where they were", async () => {
    const params = { f64: { ...defaultParams("f64", true), mr: 3, mc: 120 } };
    await using backend = await openBackend([wasm({ params, threads: 1, reproducible: true })]);
    using a = BlockMatrix.full(backend, 0.1, { rows: 8, cols: 8, dtype: "f64" });
    expect(explainMatmul(a, a).variant).toBe("gemm_f64_3x4_u8");
    using product = matmul(a, a);
    let sum = 0;
    for (let k = 0; k < 8; k++) sum += 0.1 * 0.1;
    expect(await product.toArray()).toEqual(new Float64Array(64).fill(sum));
  });
});
