import { unitRoundoff } from "@blk/core";
import { describe, expect, test } from "vitest";
import { singularValues, svd } from "../src/index.js";
import { type Ground, onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  gallery,
  type HostMatrix,
  matrix,
  multiply,
  random,
  rankDeficient,
  shapes,
  sizes,
  transposed,
  zeros,
} from "./matrices.js";
import { difference, factorRatio, norm1, orthogonalityRatio, threshold } from "./ratios.js";

/** Those of the gallery, and some that take a divide and conquer to its limits. */
function matrices(rows: number, cols: number, { dtype }: Ground): readonly HostMatrix[] {
  const bidiagonal = (name: string, d: (i: number) => number, e: (i: number) => number) =>
    matrix(name, rows, cols, (i, j) => (i === j ? d(i) : j === i + 1 ? e(i) : 0));
  // For f32 the arithmetic is the same, and only the result is rounded: the gallery is enough.
  if (dtype === "f32") return gallery(rows, cols, dtype);
  return [
    ...gallery(rows, cols, dtype),
    zeros(rows, cols),
    matrix("eye", rows, cols, (i, j) => (i === j ? 1 : 0)),
    bidiagonal("ones", () => 1, () => 1), // biome-ignore format: a matrix
    bidiagonal("nilpotent", () => 0, () => 1), // biome-ignore format: a matrix
    bidiagonal("zeros in the diagonal", (i) => i % 3, () => 1), // biome-ignore format: a matrix
    bidiagonal("geometric", (i) => 2 ** -i, (i) => 2 ** -i), // biome-ignore format: a matrix
    bidiagonal("nearly diagonal", () => 1, () => 1e-16), // biome-ignore format: a matrix
    bidiagonal("tiny diagonal", () => 1e-17, () => 1), // biome-ignore format: a matrix
  ];
}

async function check(ground: Ground, host: HostMatrix): Promise<void> {
  const { dtype } = ground;
  const { rows, cols, name } = host;
  const count = Math.min(rows, cols);
  const exact = rounded(host, dtype);
  using a = onBackend(ground, host);
  using thin = await svd(a);
  using alone = await singularValues(a);
  const [u, v] = [await toHost(thin.u), await toHost(thin.v)];
  const values = await thin.s.toArray();
  expect([u.rows, u.cols, v.rows, v.cols]).toEqual([rows, count, cols, count]);
  expect([thin.s.rows, thin.s.cols, thin.rows, thin.cols]).toEqual([count, 1, rows, cols]);
  expect(values, name).toEqual(values.slice().sort().reverse());
  expect(values[count - 1] ?? 0).toBeGreaterThanOrEqual(0);
  const us = matrix("", rows, count, (i, j) => u.data[i * count + j]! * values[j]!);
  expect(factorRatio(exact, multiply(us, transposed(v)), dtype), name).toBeLessThan(threshold);
  expect(orthogonalityRatio(u, dtype), name).toBeLessThan(threshold);
  expect(orthogonalityRatio(v, dtype), name).toBeLessThan(threshold);
  // Weyl: both are singular values of matrices within the backward error of A.
  const norm = Math.sqrt(norm1(exact)) * Math.sqrt(norm1(transposed(exact)));
  const bound = threshold * Math.max(rows, cols) * unitRoundoff(dtype) * norm;
  const apart = (await alone.toArray()).map((value, i) => Math.abs(value - values[i]!));
  expect(Math.max(0, ...apart), name).toBeLessThanOrEqual(bound);
}

await onEachBackend((ground) => {
  test.each(sizes)("size %i", async (n) => {
    const all = matrices(n, n, ground);
    // Of the large ones, those that differ most: with little deflation, with none, of half the rank.
    const chosen = n < 100 ? all : all.filter(({ name }) => /random|ones|rank/.test(name));
    for (const host of chosen) await check(ground, host);
  });

  test.each(shapes)("shape %i×%i", async (rows, cols) => {
    for (const host of matrices(rows, cols, ground)) await check(ground, host);
  });

  test.each(shapes)("full vectors of shape %i×%i", async (rows, cols) => {
    const { dtype } = ground;
    for (const host of [random(rows, cols), rankDeficient(rows, cols), zeros(rows, cols)]) {
      using a = onBackend(ground, host);
      using full = await svd(a, { vectors: "full" });
      const [u, v] = [await toHost(full.u), await toHost(full.v)];
      expect([u.rows, u.cols, v.rows, v.cols]).toEqual([rows, rows, cols, cols]);
      expect(orthogonalityRatio(u, dtype), host.name).toBeLessThan(threshold);
      expect(orthogonalityRatio(v, dtype), host.name).toBeLessThan(threshold);
      using product = full.approximation();
      const ratio = factorRatio(rounded(host, dtype), await toHost(product), dtype);
      expect(ratio, host.name).toBeLessThan(threshold);
    }
  });

  test("approximation of a lower rank: the error is the next singular value", async () => {
    using a = onBackend(ground, random(40, 30));
    using thin = await svd(a);
    using near = thin.approximation(7);
    using error = await svd(onBackend(ground, difference(await toHost(a), await toHost(near))));
    const [largest] = await error.s.toArray();
    const values = await thin.s.toArray();
    const bound = threshold * 40 * unitRoundoff(ground.dtype) * values[0]!;
    expect(Math.abs(largest! - values[7]!)).toBeLessThanOrEqual(bound);
    expect(() => thin.approximation(31)).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
  });

  test("frees all but the result", async () => {
    using a = onBackend(ground, random(90, 40));
    const before = ground.backend.memoryUsage();
    const thin = await svd(a);
    expect(ground.backend.memoryUsage().buffers).toBe(before.buffers + 3);
    thin.dispose();
    expect(ground.backend.memoryUsage()).toEqual(before);
    expect(() => thin.pseudoInverse()).toThrow(expect.objectContaining({ code: "DISPOSED" }));
  });

  test("refuses what is not finite", async () => {
    using a = onBackend(
      ground,
      matrix("", 3, 2, (i) => (i === 2 ? Number.NaN : 1)),
    );
    const expected = { code: "ARGUMENT", details: { row: 2, column: 0 } };
    await expect(svd(a)).rejects.toMatchObject(expected);
    await expect(singularValues(a)).rejects.toMatchObject(expected);
  });
});

describe("large", () => {
  test("size 513 on WebAssembly", async () => {
    const { wasm } = await import("@blk/backend-wasm");
    const backend = await wasm().create();
    const ground: Ground = { backend, dtype: "f64" };
    await check(ground, random(513));
    await backend.dispose();
  }, 60_000);
});
