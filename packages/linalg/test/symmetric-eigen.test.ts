import { BlkError, BlockMatrix, unitRoundoff } from "@blk/core";
import { describe, expect, test } from "vitest";
import { symmetricEigen, symmetricEigenvalues } from "../src/index.js";
import { type Ground, onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  clustered,
  type HostMatrix,
  identity,
  indefinite,
  matrix,
  multiply,
  sizes,
  symmetricGallery,
  transposed,
  withEigenvalues,
  zeros,
} from "./matrices.js";
import { factorRatio, norm1, orthogonalityRatio, threshold } from "./ratios.js";

/** Those of the gallery, and some that take a divide and conquer to its limits. */
function matrices(n: number, { dtype }: Ground): readonly HostMatrix[] {
  const ones = (name: string, d: number, e: number): HostMatrix =>
    matrix(name, n, n, (i, j) => (i === j ? d : Math.abs(i - j) === 1 ? e : 0));
  // For f32 the arithmetic is the same, and only the result is rounded: the gallery is enough.
  if (dtype === "f32") return symmetricGallery(n, dtype);
  return [
    ...symmetricGallery(n, dtype),
    zeros(n),
    identity(n),
    ones("second difference", 2, -1),
    ones("Golub-Kahan", 0, 1),
    ones("nearly diagonal", 1, 1e-16),
    matrix("glued Wilkinson", n, n, (i, j) => {
      if (i === j) return Math.abs((i % 21) - 10);
      if (Math.abs(i - j) !== 1) return 0;
      return Math.max(i, j) % 21 === 0 ? 1e-10 : 1;
    }),
    withEigenvalues(
      "geometric",
      Array.from({ length: n }, (_, i) => 2 ** -i),
    ),
  ];
}

async function check(ground: Ground, host: HostMatrix): Promise<void> {
  const { dtype } = ground;
  const exact = rounded(host, dtype);
  using a = onBackend(ground, host);
  using eigen = await symmetricEigen(a);
  using alone = await symmetricEigenvalues(a);
  const v = await toHost(eigen.vectors);
  const values = await eigen.values.toArray();
  const n = host.rows;
  expect([eigen.values.rows, eigen.values.cols, v.rows, v.cols]).toEqual([n, 1, n, n]);
  expect(values, host.name).toEqual(values.slice().sort());
  const scaledVectors = matrix("", n, n, (i, j) => v.data[i * n + j]! * values[j]!);
  const product = multiply(scaledVectors, transposed(v));
  expect(factorRatio(exact, product, dtype), host.name).toBeLessThan(threshold);
  expect(orthogonalityRatio(v, dtype), host.name).toBeLessThan(threshold);
  // Weyl: both are eigenvalues of matrices within the backward error of A.
  const bound = threshold * n * unitRoundoff(dtype) * norm1(exact);
  const apart = (await alone.toArray()).map((value, i) => Math.abs(value - values[i]!));
  expect(Math.max(0, ...apart), host.name).toBeLessThanOrEqual(bound);
}

await onEachBackend((ground) => {
  test.each(sizes)("size %i", async (n) => {
    const all = matrices(n, ground);
    // Of the large ones, those that differ most: with little deflation, with none, and in pieces.
    const chosen = n < 100 ? all : all.filter(({ name }) => /indef|diff|glued/.test(name));
    for (const host of chosen) await check(ground, host);
  });

  test("eigenvalues that are known", async () => {
    const n = 33;
    const host = matrix("second difference", n, n, (i, j) =>
      i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0,
    );
    using a = onBackend(ground, host);
    using values = await symmetricEigenvalues(a);
    const bound = threshold * n * unitRoundoff(ground.dtype) * 4;
    (await values.toArray()).forEach((value, i) => {
      const exact = 4 * Math.sin((Math.PI * (i + 1)) / (2 * (n + 1))) ** 2;
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(bound);
    });
  });

  test("reads the lower triangle only", async () => {
    const host = indefinite(9);
    const spoiled = matrix("", 9, 9, (i, j) => (j > i ? 77 : host.data[i * 9 + j]!));
    using a = onBackend(ground, host);
    using b = onBackend(ground, spoiled);
    using x = await symmetricEigenvalues(a);
    using y = await symmetricEigenvalues(b);
    expect(await x.toArray()).toEqual(await y.toArray());
  });

  test("frees all but the result", async () => {
    using a = onBackend(ground, clustered(70));
    const before = ground.backend.memoryUsage();
    const eigen = await symmetricEigen(a);
    expect(ground.backend.memoryUsage().buffers).toBe(before.buffers + 2);
    eigen.dispose();
    expect(eigen.disposed).toBe(true);
    expect(ground.backend.memoryUsage()).toEqual(before);
  });

  test("refuses what is not finite, naming the place", async () => {
    const { backend, dtype } = ground;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      using a = BlockMatrix.fromRows(backend, [[1, 2], [value, 3]], { dtype }); // biome-ignore format: a matrix
      const error = await symmetricEigen(a).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(BlkError);
      expect(error).toMatchObject({ code: "ARGUMENT", details: { row: 1, column: 0 } });
    }
  });

  test("refuses a matrix that is not square", async () => {
    using a = onBackend(ground, zeros(2, 3));
    await expect(symmetricEigen(a)).rejects.toMatchObject({ code: "SHAPE" });
    await expect(symmetricEigenvalues(a)).rejects.toMatchObject({ code: "SHAPE" });
  });
});

describe("large", () => {
  test("size 513 on WebAssembly", async () => {
    const { wasm } = await import("@blk/backend-wasm");
    const backend = await wasm().create();
    const ground: Ground = { backend, dtype: "f64" };
    await check(ground, indefinite(513));
    await backend.dispose();
  }, 60_000);
});
