import { expect, test } from "vitest";
import { cholesky, lu } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  extremeScales,
  type HostMatrix,
  identity,
  matrix,
  multiply,
  positiveDefinite,
  random,
  scaled,
  sizes,
  symmetric,
  transposed,
} from "./matrices.js";
import { factorRatio, residualRatio, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { dtype } = ground;
  const { tiny, huge } = extremeScales(dtype);

  function definite(n: number): readonly HostMatrix[] {
    const base = random(n, n, 11);
    const gram = multiply(base, transposed(base));
    const shifted = matrix(
      "Gram",
      n,
      n,
      (i, j) => (gram.data[i * n + j] as number) + (i === j ? 1 : 0),
    );
    const fall = (i: number): number => 10 ** ((-4 * i) / Math.max(1, n - 1));
    return [
      positiveDefinite(n),
      positiveDefinite(n, dtype === "f64" ? 1e10 : 1e4),
      symmetric(shifted),
      matrix("graded", n, n, (i, j) => (shifted.data[i * n + j] as number) * fall(i) * fall(j)),
      scaled(positiveDefinite(n), tiny, "tiny"),
      scaled(positiveDefinite(n), huge, "huge"),
      identity(n),
    ];
  }

  test.each(sizes)("A = L·Lᵀ, and solves, n = %i", async (n) => {
    for (const host of definite(n)) {
      const a = symmetric(rounded(host, dtype));
      using held = onBackend(ground, a);
      using factors = await cholesky(held);
      using lower = factors.lower();
      const l = await toHost(lower);
      expect(factorRatio(a, multiply(l, transposed(l)), dtype), a.name).toBeLessThan(threshold);
      const b = rounded(random(n, 3, 9), dtype);
      using right = onBackend(ground, b);
      using x = factors.solve(right);
      expect(residualRatio(a, await toHost(x), b, dtype), a.name).toBeLessThan(threshold);
      using y = factors.solveLower(right);
      expect(residualRatio(l, await toHost(y), b, dtype), a.name).toBeLessThan(threshold);
      using z = factors.solveLower(right, { transpose: true });
      expect(residualRatio(transposed(l), await toHost(z), b, dtype)).toBeLessThan(threshold);
    }
  });

  test("does not look at the upper triangle", async () => {
    const a = positiveDefinite(70);
    const spoilt = matrix("", 70, 70, (i, j) => (j > i ? 1e30 : (a.data[i * 70 + j] as number)));
    using clean = onBackend(ground, a);
    using dirty = onBackend(ground, spoilt);
    using expected = await cholesky(clean);
    using actual = await cholesky(dirty);
    using l = expected.lower();
    using m = actual.lower();
    expect((await toHost(m)).data).toEqual((await toHost(l)).data);
  });

  test.each([
    [1, 0],
    [5, 2],
    [70, 33],
    [70, 69],
  ])("names the column of an indefinite matrix, n = %i, column %i", async (n, column) => {
    for (const value of [-1, 0]) {
      using a = onBackend(
        ground,
        matrix("", n, n, (i, j) => (i !== j ? 0 : i === column ? value : 1)),
      );
      await expect(cholesky(a)).rejects.toMatchObject({
        code: "NOT_POSITIVE_DEFINITE",
        details: { column },
      });
    }
  });

  test("has the logarithm of the determinant that LU has", async () => {
    using a = onBackend(ground, positiveDefinite(65));
    using factors = await cholesky(a);
    using general = await lu(a);
    const digits = dtype === "f64" ? 9 : 2;
    expect(factors.logDeterminant()).toBeCloseTo(general.logDeterminant().logMagnitude, digits);
  });
});
