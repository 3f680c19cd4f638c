import {
  type Backend,
  BlockMatrix,
  type DType,
  explainMatmul,
  expr,
  matmul,
  openBackend,
} from "@blk/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GemmKernels } from "../src/gemm-kernels.js";
import { wasm } from "../src/index.js";
import type { Kernel, Run } from "../src/kernel.js";
import { microKernelName } from "../src/kernels/micro-kernel.js";
import { checkParams, defaultParams, type GemmParams } from "../src/params.js";
import { hasRelaxedSimd } from "../src/probe.js";
import { multiply } from "../src/product.js";
import { Instances } from "../src/threads/instances.js";
import { candidates, tryTiles } from "../src/tuner.js";
import { randomNumbers } from "./layouts.js";
import { createTestWorkspace, type TestWorkspace } from "./workspace.js";

const limit = { timeout: 60_000 };

const floatTypes = ["f32", "f64"] as const;

/** Operations from which a trial pays, and a little less. */
const enough = 2e9;

const nameOf = (type: "f32" | "f64", params: GemmParams): string =>
  microKernelName({ type, ...params });

/** A tile other than the default: what trials are made to choose. */
const [, , other] = candidates("f32", defaultParams("f32", false)) as GemmParams[];

/** As it is: in tests, trials rest for a millisecond at most. */
const { setTimeout: later } = globalThis;

/** Milliseconds that passed: by kernels, and a little by each look at the clock. */
let now = 0;
const look = 2 ** -14;
/** Steps of the clock. */
let step: number;
/** What a kernel's run takes on it. */
let millisecondsOf: (kernel: Kernel) => number;
/** The kernels that ran, by name. */
let ran: string[];

beforeEach(() => {
  [now, step, ran] = [0, look, []];
  millisecondsOf = () => 1;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += look;
    return Math.floor(now / step) * step;
  });
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, milliseconds?: number) =>
    later(run, Math.min(milliseconds ?? 0, 1))) as typeof setTimeout);
  const { runOf } = Instances.prototype;
  vi.spyOn(Instances.prototype, "runOf").mockImplementation(function (
    this: Instances,
    kernel: Kernel,
  ): Run {
    const run = runOf.call(this, kernel);
    return (...args) => {
      run(...args);
      ran.push(kernel.name);
      now += millisecondsOf(kernel);
    };
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes the kernels with this name take so much longer, or less, than all others. */
function take(milliseconds: number, name: string): void {
  millisecondsOf = (kernel) => (kernel.name === name ? milliseconds : 1);
}

/** Bytes that are allocated, and how often an allocation was asked for. */
function watchMemory({ workspace: { memory } }: TestWorkspace): {
  bytes: number;
  requests: number;
  limit: number;
} {
  const seen = { bytes: 0, requests: 0, limit: Number.POSITIVE_INFINITY };
  const { allocateOwn, free } = memory;
  vi.spyOn(memory, "allocateOwn").mockImplementation((bytes) => {
    seen.requests++;
    if (seen.bytes + bytes > seen.limit) return undefined;
    seen.bytes += bytes;
    return allocateOwn.call(memory, bytes);
  });
  vi.spyOn(memory, "free").mockImplementation((address, bytes) => {
    seen.bytes -= bytes;
    free.call(memory, address, bytes);
  });
  return seen;
}

const never = (): boolean => false;

describe("a trial", limit, () => {
  test.each(floatTypes)(
    "of %s chooses the fastest tile and says what it measured",
    async (type) => {
      const b = createTestWorkspace();
      const present = defaultParams(type, false);
      const variants = candidates(type, present);
      for (const fast of variants.slice(1)) {
        take(0.5, nameOf(type, fast));
        const trial = await tryTiles(b.workspace, type, present, never);
        expect(trial?.chosen).toEqual(fast);
        const flops = 2 * 96 * 96 * present.kc;
        expect(trial?.measured[0]?.variant).toBe(nameOf(type, fast));
        expect(trial?.measured[0]?.gflops).toBeCloseTo(flops / 0.5e6, 1);
        const names = trial?.measured.map(({ variant }) => variant);
        expect(names?.sort()).toEqual(variants.map((each) => nameOf(type, each)).sort());
        for (const { gflops } of trial?.measured.slice(1) ?? []) {
          expect(gflops).toBeCloseTo(flops / 1e6, 1);
        }
      }
    },
  );

  test.each([
    ["no faster", 1],
    ["hardly faster", 0.985],
    ["slower", 2],
  ])("keeps the present tile where others are %s", async (_, milliseconds) => {
    const b = createTestWorkspace();
    const present = defaultParams("f32", false);
    take(milliseconds, nameOf("f32", other!));
    const trial = await tryTiles(b.workspace, "f32", present, never);
    expect(trial?.chosen).toBe(present);
  });

  test("judges a tile by its best time, not by one that was disturbed", async () => {
    const b = createTestWorkspace();
    const present = defaultParams("f32", false);
    const name = nameOf("f32", other!);
    // All but one run in five of the better tile are disturbed.
    millisecondsOf = (kernel) => (kernel.name !== name ? 1 : ran.length % 5 === 0 ? 0.5 : 40);
    const trial = await tryTiles(b.workspace, "f32", present, never);
    expect(trial?.chosen).toEqual(other);
  });

  test("goes on until nothing disturbs it", async () => {
    const b = createTestWorkspace();
    const present = defaultParams("f32", false);
    // Never more than two times of any other tile agree while the machine does something else.
    const disturbed = ({ name }: Kernel): number =>
      3 * 1.02 ** Math.ceil(ran.filter((one) => one === name).length / 2);
    millisecondsOf = (kernel) => {
      if (kernel.name === nameOf("f32", present)) return 1;
      if (ran.length < 200) return disturbed(kernel);
      return kernel.name === nameOf("f32", other!) ? 0.5 : 1;
    };
    const trial = await tryTiles(b.workspace, "f32", present, never);
    expect(trial?.chosen).toEqual(other);
    expect(ran.length).toBeLessThan(250);
  });

  test("ends where times never agree", async () => {
    const b = createTestWorkspace();
    millisecondsOf = () => 1.02 ** ran.length;
    const trial = await tryTiles(b.workspace, "f32", defaultParams("f32", false), never);
    expect(trial).toBeDefined();
  });

  describe("where the clock is coarse", () => {
    /** 60 GFLOP/s on the fastest, on which single products take one or two steps of 0.1 ms. */
    const fastest = 0.157;
    const trialWith = (slower: number): ReturnType<typeof tryTiles> => {
      const name = nameOf("f32", other!);
      // Now and then, as clocks are blurred, a time is a step too short.
      const short = (): number => (ran.length % 61 === 0 ? step : 0);
      millisecondsOf = (kernel) => fastest * (kernel.name === name ? 1 : slower) - short();
      return tryTiles(createTestWorkspace().workspace, "f32", defaultParams("f32", false), never);
    };

    test.each([
      [0.1, 1.12],
      [0.005, 1.06],
    ])("at %d ms, times several products at once", async (milliseconds, slower) => {
      step = milliseconds;
      const trial = await trialWith(slower);
      expect(trial?.chosen).toEqual(other);
      const found = trial?.measured.map(({ gflops }) => gflops) ?? [];
      // Of a time; after 4 ms in which they are compiled, 12 rounds are enough.
      const products = 1 + Math.ceil(Math.min(50 * step, 2) / fastest);
      expect(ran.length).toBeLessThan(found.length * (4 / fastest + 13 * products));
      for (const [i, gflops] of found.entries()) {
        const right = (2 * 96 * 96 * 512) / 1e6 / (i === 0 ? fastest : fastest * slower);
        // Two steps, of 20 at least.
        expect(Math.abs(gflops / right - 1)).toBeLessThan(0.1);
      }
    });

    test("at 0.1 ms, keeps the present tile where others are faster by less than it tells", async () => {
      step = 0.1;
      const trial = await trialWith(1.04);
      expect(trial?.chosen).toEqual(defaultParams("f32", false));
    });

    test.each([1, 100, 1e9])("gives up at %d ms", async (milliseconds) => {
      step = milliseconds;
      await expect(trialWith(1)).rejects.toThrow(
        expect.objectContaining({ code: "UNSUPPORTED", message: expect.stringMatching("clock") }),
      );
      expect(ran).toEqual([]);
    });

    test("gives up where it stops", async () => {
      const b = createTestWorkspace();
      const seen = watchMemory(b);
      millisecondsOf = () => {
        if (ran.length === 20) step = 1e9;
        return 1;
      };
      const trial = tryTiles(b.workspace, "f32", defaultParams("f32", false), never);
      await expect(trial).rejects.toThrow("clock");
      expect(seen.bytes).toBe(0);
    });
  });

  test("lets other work go on", async () => {
    const b = createTestWorkspace();
    let [turns, most, last] = [0, 0, 0];
    let isOver = false;
    const count = (): void => {
      most = Math.max(most, ran.length - last);
      last = ran.length;
    };
    const work = (): void => {
      count();
      turns++;
      if (!isOver) setTimeout(work, 0);
    };
    setTimeout(work, 0);
    const { mock } = vi.mocked(setTimeout);
    const before = mock.calls.length;
    await tryTiles(b.workspace, "f32", defaultParams("f32", false), never);
    isOver = true;
    count();
    const rests = mock.calls.slice(before).reduce((sum, [, time = 0]) => sum + time, 0);
    expect(rests).toBeGreaterThan(4 * now);
    expect(rests).toBeLessThan(6 * now);
    expect(turns).toBeGreaterThan(10);
    // Runs of a millisecond each.
    expect(most).toBeLessThanOrEqual(6);
  });

  test.each([0, 1, 2, 30, 60])("that is stopped after %d runs frees its memory", async (runs) => {
    const b = createTestWorkspace();
    const seen = watchMemory(b);
    const present = defaultParams("f32", false);
    const trial = await tryTiles(b.workspace, "f32", present, () => ran.length >= runs);
    expect(trial).toBeUndefined();
    expect(ran.length).toBe(runs);
    expect(seen.bytes).toBe(0);
    if (runs === 0) expect(seen.requests).toBe(0);
  });

  test("frees its memory at its end, and needs that of one tile", async () => {
    const b = createTestWorkspace();
    const seen = watchMemory(b);
    const present = defaultParams("f64", false);
    await tryTiles(b.workspace, "f64", present, never);
    const { byteLength } = b.workspace.memory.memory.buffer;
    expect(byteLength).toBeLessThan(2 ** 23);
    await tryTiles(b.workspace, "f64", present, never);
    expect(b.workspace.memory.memory.buffer.byteLength).toBe(byteLength);
    expect(seen.bytes).toBe(0);
  });

  test.each(floatTypes)("of %s tries tiles that loops can run with", (type) => {
    for (const fused of [false, true]) {
      const present = defaultParams(type, fused);
      const variants = candidates(type, present);
      expect(variants[0]).toBe(present);
      for (const params of variants) {
        checkParams(type, params);
        expect(params).toMatchObject({ fused, kc: present.kc });
        expect(params.mc).toBeLessThanOrEqual(present.mc);
        expect(params.nc).toBeLessThanOrEqual(present.nc);
      }
      const names = variants.map((params) => nameOf(type, params));
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

/** Products of one tile: sizes around the tiles and slices, several terms, finishing. */
function productBits(dtype: DType, type: "f32" | "f64", params: GemmParams): number[][] {
  const b = createTestWorkspace();
  const byType = { f32: params, f64: params, i32: defaultParams("i32", false), [type]: params };
  const gemm = new GemmKernels(b.workspace, byType);
  const made = (rows: number, cols: number, seed: number) =>
    b.upload(randomNumbers("f64", rows * cols, seed), dtype, rows, cols);
  const results: number[][] = [];
  for (const [m, k, n] of [
    [1, 700, 37],
    [7, 5, 9],
    [37, 1100, 41],
    [121, 129, 122],
    [130, 600, 1040],
  ] as const) {
    const operand = made(m, n, 3);
    for (const options of [{}, { beta: 0.3, epilogue: expr.add(expr.input(0), expr.input(1)) }]) {
      const c = made(m, n, 4);
      const terms = [
        { a: made(m, k, 1), b: made(k, n, 2) },
        { a: made(m, 3, 5), b: made(3, n, 6) },
      ];
      multiply(b.workspace, gemm, [{ c, terms, operands: [operand] }], options);
      multiply(b.workspace, gemm, [{ c, terms: terms.slice(0, 1), operands: [operand] }], {
        ...options,
        beta: 0.7,
      });
      results.push(b.download(c));
    }
  }
  return results;
}

describe.each([
  ["f32", "f32"],
  ["f16", "f32"],
  ["f64", "f64"],
] as const)("products of %s by the tiles of %s that are tried", (dtype, type) => {
  test.each([false, true])("have the same bits, fused: %s", { timeout: 60_000 }, (fused) => {
    if (fused && !hasRelaxedSimd()) return;
    const [present, ...others] = candidates(type, defaultParams(type, fused));
    const expected = productBits(dtype, type, present!);
    for (const params of others) expect(productBits(dtype, type, params)).toEqual(expected);
  });
});

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
    expect(ran).toEqual([]);
    gemm.count("f32", 1);
    // Not in the middle of a call.
    expect(ran).toEqual([]);
    await vi.waitFor(() => expect(gemm.notes.length).toBe(1));
    const count = ran.length;
    expect(count).toBeGreaterThan(60);
    expect(ran.every((name) => name.startsWith("gemm_f32_"))).toBe(true);
    gemm.count("f32", 10 * enough);
    await settled();
    expect(ran.length).toBe(count);
    gemm.count("f64", enough);
    await vi.waitFor(() => expect(gemm.notes.length).toBe(2));
    expect(ran.slice(count).every((name) => name.startsWith("gemm_f64_"))).toBe(true);
  });

  test("change the tile, and say so", async () => {
    const b = createTestWorkspace();
    const gemm = new GemmKernels(b.workspace, params, []);
    const [before, after] = [gemm.variant("f32"), nameOf("f32", other!)];
    take(0.5, after);
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
    expect(ran).toEqual([]);
  });

  test("do not begin when they were stopped", async () => {
    const b = createTestWorkspace();
    const seen = watchMemory(b);
    const gemm = new GemmKernels(b.workspace, params, []);
    gemm.count("f32", enough);
    gemm.stop();
    gemm.count("f64", enough);
    await settled();
    expect([ran.length, seen.requests]).toEqual([0, 0]);
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
      take(0.5, nameOf("f32", other!));
      const usage = backend.memoryUsage();
      const first = await bits(a);
      ran = [];
      let during = 0;
      for (let call = 0; backend.capabilities.notes?.length === 0; call++) {
        if (call > 1000) expect.fail("no trial began");
        if (ran.length > 1) {
          ran = [];
          during++;
        }
        expect((await bits(a)) === first).toBe(true);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      expect(during).toBeGreaterThan(5);
      expect((await bits(a)) === first).toBe(true);
      expect(variant(a)).toBe(nameOf("f32", other!));
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
    ran = [];
    await vi.waitFor(() => expect(ran.length).toBeGreaterThan(1), { interval: 0 });
    await backend.dispose();
    const count = ran.length;
    await new Promise((resolve) => later(resolve, 50));
    expect(ran.length).toBe(count);
    expect(backend.capabilities.notes).toEqual([]);
  });

  test("tries nothing where options fix the params", async () => {
    const options = { threads: 1, params: { f32: { kc: 256 } } };
    await using backend = await openBackend([wasm(options)]);
    using a = large(backend);
    for (let call = 0; call < 10; call++) await bits(a);
    ran = [];
    await new Promise((resolve) => later(resolve, 50));
    expect(ran).toEqual([]);
    expect(backend.capabilities.notes).toEqual([]);
  });
});
