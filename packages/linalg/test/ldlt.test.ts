import { expect, test } from "vitest";
import { ldlt } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  colsInOrder,
  matrix,
  multiply,
  random,
  rowsInOrder,
  sizes,
  symmetric,
  symmetricGallery,
  transposed,
  withEigenvalues,
  withoutColumn,
} from "./matrices.js";
import { factorRatio, residualRatio, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { dtype } = ground;

  test.each(sizes)("P·A·Pᵀ = L·D·Lᵀ, and solves, n = %i", async (n) => {
    for (const host of symmetricGallery(n, dtype)) {
      const a = symmetric(rounded(host, dtype));
      using held = onBackend(ground, a);
      using factors = await ldlt(held);
      using lower = factors.lower();
      using middle = factors.middle();
      const [l, d] = [await toHost(lower), await toHost(middle)];
      const permuted = colsInOrder(rowsInOrder(a, factors.permutation), factors.permutation);
      expect(
        factorRatio(permuted, multiply(l, multiply(d, transposed(l))), dtype),
        a.name,
      ).toBeLessThan(threshold);
      if (factors.singularColumn !== undefined) continue;
      const b = rounded(random(n, 3, 9), dtype);
      using right = onBackend(ground, b);
      using x = factors.solve(right);
      expect(residualRatio(a, await toHost(x), b, dtype), a.name).toBeLessThan(threshold);
    }
  });

  test("needs pairs of rows where the diagonal is zero, and counts signs", async () => {
    const swap = matrix("", 66, 66, (i, j) => (j === (i ^ 1) ? 1 : 0));
    using held = onBackend(ground, swap);
    using factors = await ldlt(held);
    expect(factors.inertia).toEqual({ positive: 33, negative: 33, zero: 0 });
    using mixed = onBackend(
      ground,
      withEigenvalues(
        "",
        Array.from({ length: 45 }, (_, i) => i - 9.5),
      ),
    );
    using mixedFactors = await ldlt(mixed);
    expect(mixedFactors.inertia).toEqual({ positive: 35, negative: 10, zero: 0 });
  });

  test("names the column of a singular matrix", async () => {
    using a = onBackend(ground, withoutColumn(35, 40));
    using factors = await ldlt(a);
    using b = onBackend(ground, random(40, 1));
    expect(factors.inertia.zero).toBe(1);
    expect(() => factors.solve(b)).toThrow(expect.objectContaining({ code: "SINGULAR" }));
  });

  test("does not look at the upper triangle", async () => {
    const a = symmetric(random(40));
    using clean = onBackend(ground, a);
    using dirty = onBackend(
      ground,
      matrix("", 40, 40, (i, j) => (j > i ? 1e9 : (a.data[i * 40 + j] as number))),
    );
    using expected = await ldlt(clean);
    using actual = await ldlt(dirty);
    using l = expected.lower();
    using m = actual.lower();
    expect((await toHost(m)).data).toEqual((await toHost(l)).data);
  });
});
