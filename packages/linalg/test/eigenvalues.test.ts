import { unitRoundoff } from "@blk/core";
import { expect, test } from "vitest";
import { eigenvalues, singularValues } from "../src/index.js";
import { type Ground, onBackend, onEachBackend, rounded } from "./backends.js";
import { gallery, type HostMatrix, matrix, random, scaled, zeros } from "./matrices.js";
import { norm1, threshold } from "./ratios.js";

/** σₘᵢₙ(A − λI) / (‖A‖·n·u): the smallest perturbation of A that makes λ an eigenvalue, exactly. */
async function backwardErrors(ground: Ground, host: HostMatrix, step: number): Promise<number[]> {
  const { dtype, backend } = ground;
  using a = onBackend(ground, host);
  using values = await eigenvalues(a);
  const n = host.rows;
  const { data } = rounded(host, dtype);
  const norm = norm1(host) || 1;
  const errors: number[] = [];
  for (const [k, pair] of (await values.toRows()).entries()) {
    const [re, im] = pair as [number, number];
    if (k % step > 0) continue;
    // The complex matrix as a real one of twice the size, whose singular values are the same, twice.
    const shifted = matrix("", 2 * n, 2 * n, (i, j) => {
      if (i < n !== j < n) return i % n === j % n ? (i < n ? im : -im) / norm : 0;
      const at = data[(i % n) * n + (j % n)]!;
      return (i === j ? at - re : at) / norm;
    });
    using sigma = await singularValues(onBackend({ backend, dtype: "f64" }, shifted));
    errors.push((await sigma.toArray())[2 * n - 1]! / (n * unitRoundoff(dtype)));
  }
  return errors;
}

await onEachBackend((ground) => {
  test.each([0, 1, 2, 3, 17, 65])("size %i: backward errors", async (n) => {
    for (const host of gallery(n, n, ground.dtype)) {
      for (const error of await backwardErrors(ground, host, n > 20 ? 31 : n > 3 ? 4 : 1)) {
        expect(error, host.name).toBeLessThan(threshold);
      }
    }
  });

  test("of matrices so steeply graded that squares of their elements underflow", async () => {
    const { data } = random(90);
    const exponents = ground.dtype === "f64" ? [0.5, 1, 1.6] : [0.2];
    for (const exponent of exponents) {
      const fall = (i: number): number => 10 ** (-exponent * i);
      const host = matrix("steep", 90, 90, (i, j) => data[90 * i + j]! * fall(i) * fall(j));
      for (const error of await backwardErrors(ground, host, 31)) {
        expect(error, `10^-${exponent}`).toBeLessThan(threshold);
      }
    }
  });

  test("roots of unity", async () => {
    for (const n of [2, 3, 8, 50]) {
      using a = onBackend(
        ground,
        matrix("cycle", n, n, (i, j) => ((i + 1) % n === j ? 1 : 0)),
      );
      using values = await eigenvalues(a);
      const rows = (await values.toRows()) as [number, number][];
      const bound = threshold * n * unitRoundoff(ground.dtype);
      for (let k = 0; k < n; k++) {
        const [re, im] = [Math.cos((2 * Math.PI * k) / n), Math.sin((2 * Math.PI * k) / n)];
        const nearest = Math.min(...rows.map(([x, y]) => Math.hypot(x - re, y - im)));
        expect(nearest).toBeLessThan(bound);
      }
    }
  });

  test("conjugate pairs stand together, the positive imaginary part first", async () => {
    using a = onBackend(ground, random(31));
    using values = await eigenvalues(a);
    const rows = (await values.toRows()) as [number, number][];
    for (let i = 0; i < rows.length; i++) {
      const [re, im] = rows[i]!;
      if (im === 0) continue;
      expect(im).toBeGreaterThan(0);
      expect(rows[i + 1]).toEqual([re, -im]);
      i++;
    }
  });

  test("of a triangular matrix are its diagonal", async () => {
    const host = matrix("triangle", 20, 20, (i, j) => (i > j ? 0 : i === j ? i : 1));
    using a = onBackend(ground, host);
    using values = await eigenvalues(a);
    const rows = (await values.toRows()) as [number, number][];
    expect(rows.map(([re]) => Math.round(re)).sort((x, y) => x - y)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  test("scale with the matrix, exactly", async () => {
    const factor = ground.dtype === "f64" ? 2 ** 900 : 2 ** 100;
    using a = onBackend(ground, random(12));
    using b = onBackend(ground, scaled(random(12), factor));
    using x = await eigenvalues(a);
    using y = await eigenvalues(b);
    expect(Array.from(await y.toArray(), (value) => value / factor)).toEqual(
      Array.from(await x.toArray()),
    );
  });

  test("frees all but the result; refuses what is not square or not finite", async () => {
    using a = onBackend(ground, random(70));
    const before = ground.backend.memoryUsage().buffers;
    using values = await eigenvalues(a);
    expect(values.cols).toBe(2);
    expect(ground.backend.memoryUsage().buffers).toBe(before + 1);
    using wide = onBackend(ground, zeros(2, 3));
    await expect(eigenvalues(wide)).rejects.toMatchObject({ code: "SHAPE" });
    using nan = onBackend(
      ground,
      matrix("", 2, 2, () => Number.NaN),
    );
    await expect(eigenvalues(nan)).rejects.toMatchObject({ code: "ARGUMENT" });
  });
});
