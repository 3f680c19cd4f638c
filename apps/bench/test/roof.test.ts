import { expect, test } from "vitest";
import { measureRoofs, type Roofs, yardstick } from "../src/roof.js";
import { fasterOf } from "../src/simd-roof.js";

test("what a core can do is plausible, and can be done again", () => {
  const { roofs, probes } = measureRoofs(0.4);
  const { scalarGflops, copyGBps, simd } = roofs;
  // From the slowest machine that is tested in parallel to the fastest there may be.
  const plausible = (value: number | undefined, most: number): void => {
    expect(value).toBeGreaterThan(0.05);
    expect(value).toBeLessThan(most);
  };
  plausible(scalarGflops, 100);
  plausible(copyGBps, 2000);
  plausible(simd?.copyGBps, 2000);
  plausible(simd?.readGBps, 2000);
  for (const dtype of ["f32", "f64"] as const) {
    plausible(simd?.[dtype].separate, 1000);
    if (simd?.[dtype].fused !== undefined) plausible(simd[dtype].fused, 1000);
  }
  expect([...(probes?.keys() ?? [])]).toEqual(["f32", "f64", "copy", "read"]);
  for (const { work, run } of probes?.values() ?? []) {
    expect(work).toBeGreaterThan(1e6);
    run();
  }
});

test("vectors of f32 hold twice as many numbers as those of f64", () => {
  // The machine may be busy, but hardly each time.
  const ratios = [1, 2, 3].map(() => {
    const { simd } = measureRoofs(0.4).roofs;
    return simd === undefined ? Number.NaN : fasterOf(simd.f32) / fasterOf(simd.f64);
  });
  expect(ratios.some((ratio) => Math.abs(ratio - 2) < 0.4)).toBe(true);
});

const simd = {
  f32: { separate: 40, fused: 50 },
  f64: { separate: 25 },
  copyGBps: 10,
  readGBps: 12,
} as const;
const roofs: Roofs = { scalarGflops: 8, copyGBps: 9, simd };

test("the roof of vectors is the faster way to multiply and add, times the threads", () => {
  expect(yardstick(roofs, { vectors: true, threads: 3 })).toEqual({
    roof: "simd",
    gflops: { f32: 150, f64: 75 },
    copyGBps: 10,
  });
});

test("plain JavaScript has its own roof, and so has an engine without vectors", () => {
  const scalar = { roof: "scalar", gflops: { f32: 8, f64: 8 }, copyGBps: 9 };
  expect(yardstick(roofs, { vectors: false })).toEqual(scalar);
  expect(yardstick({ scalarGflops: 8, copyGBps: 9 }, { vectors: true })).toEqual(scalar);
});
