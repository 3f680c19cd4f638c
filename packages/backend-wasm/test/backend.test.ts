import { BlkError, BlockMatrix, denseView, explainMatmul, matmul, openBackend } from "@blk/core";
import { describe, expect, test } from "vitest";
import { type WasmOptions, wasm } from "../src/index.js";

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
    [{ memoryLimit: 10 }, "memoryLimit must be"],
    [{ params: { f32: { mc: 121 } } }, "mc must be a positive multiple of 5"],
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

  test("a product for which there is no scratch memory is refused, and later ones run", async () => {
    await using backend = await openBackend([wasm({ memoryLimit: 2 ** 20, threads: 1 })]);
    using a = BlockMatrix.full(backend, 1, { rows: 4, cols: 4 });
    const error = await errorOf(() => matmul(a, a));
    expect(error.code).toBe("OUT_OF_MEMORY");
    expect(backend.memoryUsage().buffers).toBe(1);
    expect(await a.toArray()).toEqual(new Float32Array(16).fill(1));
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

describe("explaining", () => {
  test("names the variant, which options fix", async () => {
    const params = { f32: { mr: 2, vectors: 4, unroll: 1, parts: 1, fused: false } };
    await using backend = await openBackend([wasm({ params, threads: 1 })]);
    using a = BlockMatrix.full(backend, 1, { rows: 8, cols: 8 });
    expect(explainMatmul(a, a).variant).toBe("gemm_f32_2x16_u1");
  });
});
