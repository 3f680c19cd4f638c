/** Factorisations on a GPU, or on a software adapter where there is none. */
import { webgpu } from "@blk/backend-webgpu";
import { findGpu } from "@blk/conformance";
import { afterAll, expect, test, vi } from "vitest";
import {
  cholesky,
  conditionEstimate,
  eigenvalues,
  inverse,
  ldlt,
  leastSquares,
  lu,
  matrixExponential,
  minimumNorm,
  polar,
  qr,
  qrWithPivoting,
  solve,
  solveBanded,
  solveBlockTridiagonal,
  solvePositiveDefinite,
  solveTriangular,
  svd,
  symmetricEigen,
  truncatedSvd,
} from "../src/index.js";
import { type Ground, onBackend, rounded, toHost } from "./backends.js";
import { luRatio, qrRatio } from "./factors.js";
import {
  identity,
  indefinite,
  matrix,
  multiply,
  positiveDefinite,
  random,
  scaled,
  symmetric,
  transposed,
} from "./matrices.js";
import {
  difference,
  factorRatio,
  norm1,
  orthogonalityRatio,
  residualRatio,
  threshold,
} from "./ratios.js";

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
  expect(await luRatio(a, factors, "f32")).toBeLessThan(threshold);
  using reflections = await qr(held);
  expect(await qrRatio(a, reflections, "f32")).toBeLessThan(threshold);
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

test("systems with structure, and least squares, n = 17", async () => {
  const n = 17;
  const a = rounded(positiveDefinite(n), "f32");
  const b = rounded(random(n, 2, 9), "f32");
  const band = matrix("", n, n, (i, j) => (Math.abs(i - j) > 1 ? 0 : i === j ? 3 : 1));
  const lower = matrix("", n, n, (i, j) => (i < j ? 0 : (a.data[i * n + j] as number)));
  using right = onBackend(ground, b);
  for (const [host, run] of [
    [a, solvePositiveDefinite],
    [a, leastSquares],
    [a, minimumNorm],
    [lower, (t, x) => solveTriangular(t, x, { triangle: "lower" })],
    [band, (t, x) => solveBanded(t, x, { lower: 1, upper: 1 })],
    [band, solveBlockTridiagonal],
  ] as [typeof a, typeof solve][]) {
    using held = onBackend(ground, host);
    using x = await run(held, right);
    expect(residualRatio(host, await toHost(x), b, "f32")).toBeLessThan(threshold);
  }
  using held = onBackend(ground, a);
  using x = await inverse(held);
  const exact = norm1(a) * norm1(await toHost(x));
  const estimate = await conditionEstimate(held);
  expect(estimate).toBeLessThan(exact * 1.01);
  expect(estimate).toBeGreaterThan(exact / 3);
});

test("eigenvalues, singular values and what follows from them, n = 17", async () => {
  const n = 17;
  const a = rounded(indefinite(n), "f32");
  using held = onBackend(ground, a);
  using eigen = await symmetricEigen(held);
  const [v, values] = [await toHost(eigen.vectors), await eigen.values.toArray()];
  const scaledVectors = matrix("", n, n, (i, j) => v.data[i * n + j]! * values[j]!);
  expect(factorRatio(a, multiply(scaledVectors, transposed(v)), "f32")).toBeLessThan(threshold);
  using general = await eigenvalues(held);
  const real = (await general.toRows()).map(([x]) => x as number).sort((x, y) => x - y);
  for (const [i, x] of real.entries()) {
    expect(Math.abs(x - values[i]!)).toBeLessThan(threshold * n * 2 ** -24 * norm1(a));
  }
  for (const decompose of [svd, (m: typeof held) => truncatedSvd(m, n)]) {
    using decomposition = await decompose(held);
    using product = decomposition.approximation();
    expect(factorRatio(a, await toHost(product), "f32")).toBeLessThan(threshold);
    expect(orthogonalityRatio(await toHost(decomposition.u), "f32")).toBeLessThan(threshold);
  }
  using form = await polar(held);
  const [u, h] = [await toHost(form.u), await toHost(form.h)];
  expect(factorRatio(a, multiply(u, h), "f32")).toBeLessThan(threshold);
  expect(orthogonalityRatio(u, "f32")).toBeLessThan(threshold);
  // e^A and e^(−A) are inverses.
  using there = await matrixExponential(held);
  using negative = onBackend(ground, scaled(a, -1));
  using back = await matrixExponential(negative);
  const [x, y] = [await toHost(there), await toHost(back)];
  const error = norm1(difference(multiply(x, y), identity(n)));
  expect(error).toBeLessThan(threshold * n * 2 ** -24 * norm1(x) * norm1(y));
});

test("refuses what is not finite", async () => {
  using a = onBackend(
    ground,
    matrix("", 4, 4, (i, j) => (i === 2 && j === 1 ? Number.NaN : 1)),
  );
  await expect(lu(a)).rejects.toMatchObject({ code: "ARGUMENT", details: { row: 2, column: 1 } });
});
