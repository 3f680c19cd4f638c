import { type DType, expr } from "@blk/core";
import { describe, expect, test, vi } from "vitest";
import { GemmKernels } from "../src/gemm-kernels.js";
import type { Kernel } from "../src/kernel.js";
import { checkParams, defaultParams, type GemmParams } from "../src/params.js";
import { hasRelaxedSimd } from "../src/probe.js";
import { multiply } from "../src/product.js";
import { candidates, tryTiles } from "../src/tuner.js";
import { randomNumbers } from "./layouts.js";
import { nameOf, other, useTrialClock, watchMemory } from "./trial-clock.js";
import { createTestWorkspace } from "./workspace.js";

const limit = { timeout: 60_000 };

const floatTypes = ["f32", "f64"] as const;

const clock = useTrialClock();

const never = (): boolean => false;

describe("a trial", limit, () => {
  test.each(floatTypes)(
    "of %s chooses the fastest tile and says what it measured",
    async (type) => {
      const b = createTestWorkspace();
      const present = defaultParams(type, false);
      const variants = candidates(type, present);
      for (const fast of variants.slice(1)) {
        clock.take(0.5, nameOf(type, fast));
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
    clock.take(milliseconds, nameOf("f32", other));
    const trial = await tryTiles(b.workspace, "f32", present, never);
    expect(trial?.chosen).toBe(present);
  });

  test("judges a tile by its best time, not by one that was disturbed", async () => {
    const b = createTestWorkspace();
    const present = defaultParams("f32", false);
    const name = nameOf("f32", other);
    // All but one run in five of the better tile are disturbed.
    clock.millisecondsOf = (kernel) =>
      kernel.name !== name ? 1 : clock.ran.length % 5 === 0 ? 0.5 : 40;
    const trial = await tryTiles(b.workspace, "f32", present, never);
    expect(trial?.chosen).toEqual(other);
  });

  test("goes on until nothing disturbs it", async () => {
    const b = createTestWorkspace();
    const present = defaultParams("f32", false);
    // Never more than two times of any other tile agree while the machine does something else.
    const disturbed = ({ name }: Kernel): number =>
      3 * 1.02 ** Math.ceil(clock.ran.filter((one) => one === name).length / 2);
    clock.millisecondsOf = (kernel) => {
      if (kernel.name === nameOf("f32", present)) return 1;
      if (clock.ran.length < 200) return disturbed(kernel);
      return kernel.name === nameOf("f32", other) ? 0.5 : 1;
    };
    const trial = await tryTiles(b.workspace, "f32", present, never);
    expect(trial?.chosen).toEqual(other);
    expect(clock.ran.length).toBeLessThan(250);
  });

  test("ends where times never agree", async () => {
    const b = createTestWorkspace();
    clock.millisecondsOf = () => 1.02 ** clock.ran.length;
    const trial = await tryTiles(b.workspace, "f32", defaultParams("f32", false), never);
    expect(trial).toBeDefined();
  });

  describe("where the clock is coarse", () => {
    /** 60 GFLOP/s on the fastest, on which single products take one or two steps of 0.1 ms. */
    const fastest = 0.157;
    const trialWith = (slower: number): ReturnType<typeof tryTiles> => {
      const name = nameOf("f32", other);
      // Now and then, as clocks are blurred, a time is a step too short.
      const short = (): number => (clock.ran.length % 61 === 0 ? clock.step : 0);
      clock.millisecondsOf = (kernel) => fastest * (kernel.name === name ? 1 : slower) - short();
      return tryTiles(createTestWorkspace().workspace, "f32", defaultParams("f32", false), never);
    };

    test.each([
      [0.1, 1.12],
      [0.005, 1.06],
    ])("at %d ms, times several products at once", async (milliseconds, slower) => {
      clock.step = milliseconds;
      const trial = await trialWith(slower);
      expect(trial?.chosen).toEqual(other);
      const found = trial?.measured.map(({ gflops }) => gflops) ?? [];
      // Of a time; after 4 ms in which they are compiled, 12 rounds are enough.
      const products = 1 + Math.ceil(Math.min(50 * clock.step, 2) / fastest);
      expect(clock.ran.length).toBeLessThan(found.length * (4 / fastest + 13 * products));
      for (const [i, gflops] of found.entries()) {
        const right = (2 * 96 * 96 * 512) / 1e6 / (i === 0 ? fastest : fastest * slower);
        // Two steps, of 20 at least.
        expect(Math.abs(gflops / right - 1)).toBeLessThan(0.1);
      }
    });

    test("at 0.1 ms, keeps the present tile where others are faster by less than it tells", async () => {
      clock.step = 0.1;
      const trial = await trialWith(1.04);
      expect(trial?.chosen).toEqual(defaultParams("f32", false));
    });

    test.each([1, 100, 1e9])("gives up at %d ms", async (milliseconds) => {
      clock.step = milliseconds;
      await expect(trialWith(1)).rejects.toThrow(
        expect.objectContaining({ code: "UNSUPPORTED", message: expect.stringMatching("clock") }),
      );
      expect(clock.ran).toEqual([]);
    });

    test("gives up where it stops", async () => {
      const b = createTestWorkspace();
      const seen = watchMemory(b);
      clock.millisecondsOf = () => {
        if (clock.ran.length === 20) clock.step = 1e9;
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
      most = Math.max(most, clock.ran.length - last);
      last = clock.ran.length;
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
    expect(rests).toBeGreaterThan(4 * clock.now);
    expect(rests).toBeLessThan(6 * clock.now);
    expect(turns).toBeGreaterThan(10);
    // Runs of a millisecond each.
    expect(most).toBeLessThanOrEqual(6);
  });

  test.each([0, 1, 2, 30, 60])("that is stopped after %d runs frees its memory", async (runs) => {
    const b = createTestWorkspace();
    const seen = watchMemory(b);
    const present = defaultParams("f32", false);
    const trial = await tryTiles(b.workspace, "f32", present, () => clock.ran.length >= runs);
    expect(trial).toBeUndefined();
    expect(clock.ran.length).toBe(runs);
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
