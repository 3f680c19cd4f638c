/** Factorisations on a GPU, or on a software adapter where there is none. */
import { webgpu } from "@blk/backend-webgpu";
import { findGpu } from "@blk/conformance";
import { afterAll, expect, test, vi } from "vitest";
import { cholesky, ldlt, lu, qr, qrWithPivoting, solve } from "../src/index.js";
import { type Ground, onBackend, rounded, toHost } from "./backends.js";
import {
  indefinite,
  matrix,
  multiply,
  positiveDefinite,
  random,
  symmetric,
  transposed,
} from "./matrices.js";
import { factorRatio, orthogonalityRatio, residualRatio, threshold } from "./ratios.js";

const gpu = await findGpu(() => import(/* @vite-ignore */ "webgpu"));
const backend = await webgpu({ gpu }).create();
const ground: Ground = { backend, dtype: "f32" };
afterAll(() => backend.dispose());
// A software adapter compiles each kernel for a tenth of a second, longer where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

test.each([3, 65])("LU and QR, n = %i", async (n) => {
  const a = rounded(random(n), "f32");
  using held = onBackend(ground, a);
  using factors = await lu(held);
  using l = factors.lower();
  using u = factors.upper();
  const order = factors.permutation;
  const permuted = matrix("PA", n, n, (i, j) => a.data[(order[i] as number) * n + j] as number);
  expect(factorRatio(permuted, multiply(await toHost(l), await toHost(u)), "f32")).toBeLessThan(
    threshold,
  );
  using reflections = await qr(held);
  using q = reflections.q();
  using r = reflections.r();
  expect(factorRatio(a, multiply(await toHost(q), await toHost(r)), "f32")).toBeLessThan(threshold);
  expect(orthogonalityRatio(await toHost(q), "f32")).toBeLessThan(threshold);
});

test("symmetric and pivoted factorisations, and a solution, n = 33", async () => {
  const n = 33;
  const definite = symmetric(rounded(positiveDefinite(n), "f32"));
  using held = onBackend(ground, definite);
  using factors = await cholesky(held);
  using lower = factors.lower();
  const l = await toHost(lower);
  expect(factorRatio(definite, multiply(l, transposed(l)), "f32")).toBeLessThan(threshold);
  const b = rounded(random(n, 2, 9), "f32");
  using right = onBackend(ground, b);
  const mixed = rounded(indefinite(n), "f32");
  using mixedHeld = onBackend(ground, mixed);
  using symmetricFactors = await ldlt(mixedHeld);
  using pivoted = await qrWithPivoting(mixedHeld);
  using direct = await solve(mixedHeld, right);
  using x = symmetricFactors.solve(right);
  using y = pivoted.solve(right);
  for (const solution of [direct, x, y]) {
    expect(residualRatio(mixed, await toHost(solution), b, "f32")).toBeLessThan(threshold);
  }
});

test("refuses what is not finite", async () => {
  using a = onBackend(
    ground,
    matrix("", 4, 4, (i, j) => (i === 2 && j === 1 ? Number.NaN : 1)),
  );
  await expect(lu(a)).rejects.toMatchObject({ code: "ARGUMENT", details: { row: 2, column: 1 } });
});
