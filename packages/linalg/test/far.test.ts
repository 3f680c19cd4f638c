/** The same algorithms where a backend's memory is not the host's: leaves are read and written back. */
import { js } from "@blk/backend-js";
import type { Backend } from "@blk/core";
import { afterAll, expect, test } from "vitest";
import {
  cholesky,
  eigenvalues,
  lu,
  qr,
  qrWithPivoting,
  svd,
  symmetricEigen,
} from "../src/index.js";
import { type Ground, onBackend, toHost } from "./backends.js";
import { luRatio, qrRatio } from "./factors.js";
import {
  graded,
  matrix,
  multiply,
  positiveDefinite,
  random,
  rankDeficient,
  transposed,
} from "./matrices.js";
import { factorRatio, orthogonalityRatio, residualRatio, threshold } from "./ratios.js";

const near = await js().create();
const backend: Backend = Object.create(near, { hostMemory: { value: undefined } });
const ground: Ground = { backend, dtype: "f64" };
afterAll(() => near.dispose());
const shapes = [
  [1, 1],
  [65, 64],
  [130, 130],
  [70, 150],
] as const;

test.each(shapes)("LU, %i×%i", async (rows, cols) => {
  for (const a of [random(rows, cols), graded(rows, cols)]) {
    using held = onBackend(ground, a);
    using factors = await lu(held);
    expect(await luRatio(a, factors, "f64")).toBeLessThan(threshold);
  }
});

test.each(shapes)("QR, with and without pivoting, %i×%i", async (rows, cols) => {
  for (const a of [random(rows, cols), rankDeficient(rows, cols)]) {
    using held = onBackend(ground, a);
    using plain = await qr(held);
    using pivoted = await qrWithPivoting(held);
    for (const factors of [plain, pivoted]) {
      expect(await qrRatio(a, factors, "f64")).toBeLessThan(threshold);
    }
  }
});

test("Cholesky, and nothing is left behind", async () => {
  const before = near.memoryUsage().buffers;
  {
    const a = positiveDefinite(130);
    using held = onBackend(ground, a);
    using factors = await cholesky(held);
    using lower = factors.lower();
    const l = await toHost(lower);
    expect(factorRatio(a, multiply(l, transposed(l)), "f64")).toBeLessThan(threshold);
    using x = factors.solve(held);
    expect(residualRatio(a, await toHost(x), a, "f64")).toBeLessThan(threshold);
  }
  expect(near.memoryUsage().buffers).toBe(before);
});

test.each(shapes)("singular values, %i×%i, and nothing is left behind", async (rows, cols) => {
  const before = near.memoryUsage().buffers;
  for (const a of [random(rows, cols), rankDeficient(rows, cols)]) {
    using held = onBackend(ground, a);
    using thin = await svd(held);
    using product = thin.approximation();
    expect(factorRatio(a, await toHost(product), "f64")).toBeLessThan(threshold);
    expect(orthogonalityRatio(await toHost(thin.u), "f64")).toBeLessThan(threshold);
    expect(orthogonalityRatio(await toHost(thin.v), "f64")).toBeLessThan(threshold);
  }
  expect(near.memoryUsage().buffers).toBe(before);
});

test("eigenvalues of a symmetric matrix, both ways", async () => {
  const a = positiveDefinite(70);
  using held = onBackend(ground, a);
  using eigen = await symmetricEigen(held);
  const v = await toHost(eigen.vectors);
  const values = await eigen.values.toArray();
  const product = matrix(
    "",
    70,
    70,
    (i, j) => (v.data[i * 70 + j] as number) * (values[j] as number),
  );
  expect(factorRatio(a, multiply(product, transposed(v)), "f64")).toBeLessThan(threshold);
  using general = await eigenvalues(held);
  const found = (await general.toRows()).map(([real]) => real as number).sort((x, y) => x - y);
  for (const [i, value] of found.entries()) {
    // ‖A‖ = 1, and the eigenvalues of a symmetric matrix move no more than it does.
    expect(Math.abs(value - (values[i] as number))).toBeLessThan(threshold * 70 * 2 ** -53);
  }
});
