import { unitRoundoff } from "@blk/core";
import { beforeAll, describe, expect, it } from "vitest";
import { i32, ModuleBuilder, v128 } from "../src/assembler/index.js";
import { prepareScaledPowers } from "../src/kernels/scaled-power.js";
import { enableRelaxedSimd } from "../src/probe.js";
import { instantiate, memoryOf } from "./assembler/instantiate.js";

/** What the code makes of some numbers, two vectors at once; a multiple of eight. */
function powersOf(type: "f32" | "f64", fused: boolean, numbers: readonly number[]): number[] {
  const { imports, buffer } = memoryOf(16);
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", { initial: 1 });
  const run = m.func("run", { params: { at: "i32", end: "i32" } }, (f, { at, end }) => {
    const powers = prepareScaledPowers(f, type, fused);
    f.loop((again) => {
      const [x, y] = [f.local("v128", "x"), f.local("v128", "y")];
      f.set(x, v128.load(at));
      f.set(y, v128.load(at, { offset: 16 }));
      powers([x, y]).forEach((power, v) => {
        f.do(v128.store(at, power, { offset: 16 * v }));
      });
      f.set(at, i32.add(at, 32));
      f.brIf(again, i32.ltU(at, end));
    });
  });
  m.export("run", run);
  const lanes = new (type === "f32" ? Float32Array : Float64Array)(buffer);
  lanes.set(numbers);
  instantiate(m, imports)["run"]?.(0, numbers.length * lanes.BYTES_PER_ELEMENT);
  return [...lanes.subarray(0, numbers.length)];
}

// Without relaxed SIMD there are none that are fused.
let hasFused = false;
beforeAll(async () => {
  hasFused = await enableRelaxedSimd();
});

describe.each([
  ["f32", "rounded twice", 2 ** 23, -104, 3.5],
  ["f64", "rounded twice", 2 ** 52, -745, 1.5],
  ["f32", "fused", 2 ** 23, -104, 3],
  ["f64", "fused", 2 ** 52, -745, 1.5],
] as const)("the scaled power in %s, multiply-adds %s", (type, kind, scale, least, ulps) => {
  const powers = (numbers: readonly number[]): number[] =>
    powersOf(type, kind === "fused" && hasFused, numbers);

  it("is near, relative to the distance from 0", () => {
    const u = unitRoundoff(type);
    for (const [count, low] of [
      [16_000, -1],
      [16_000, least + 1],
    ] as const) {
      const round = type === "f32" ? Math.fround : (x: number): number => x;
      const numbers = Array.from({ length: count }, (_, k) => round((low * k) / count));
      const wrong = powers(numbers).filter((power, k) => {
        const x = numbers[k]!;
        // In two halves, lest the oracle becomes subnormal: it is then within four roundings.
        const exact = Math.exp(x / 2) * scale * Math.exp(x / 2);
        const oracle = type === "f64" ? 4 : 0;
        const bound = (ulps + 1.25 * Math.abs(x) + oracle) * u;
        return !(Math.abs(power - exact) <= bound * exact);
      });
      expect(wrong.slice(0, 5)).toEqual([]);
    }
  });

  it("is that of 2 to within the polynomial's error, once the exponent is rounded", () => {
    const u = unitRoundoff(type);
    const round = type === "f32" ? Math.fround : (x: number): number => x;
    const log2e = round(Math.LOG2E);
    // Exponents of 2 from −1.44: all that a polynomial is given.
    const numbers = Array.from({ length: 64_000 }, (_, k) => round(-k / 64_000));
    const exact = numbers.map((x) => 2 ** round(x * log2e) * scale);
    const oracle = type === "f64" ? 1 : 0;
    const wrong = powers(numbers).filter(
      (power, k) => !(Math.abs(power / exact[k]! - 1) <= (ulps + oracle) * u),
    );
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it("is the factor itself for 0, and 0 where quotients round to it", () => {
    const tiny = [least, 2 * least, -1e30, Number.NEGATIVE_INFINITY];
    expect(powers([0, -0, 0, 0, ...tiny])).toEqual([...Array(4).fill(scale), 0, 0, 0, 0]);
  });

  it("is NaN for NaN", () => {
    const results = powers([0, Number.NaN, 0, 0, Number.NaN, 0, 0, 0]);
    expect(results.map(Number.isNaN)).toEqual([0, 1, 0, 0, 1, 0, 0, 0].map(Boolean));
  });
});
