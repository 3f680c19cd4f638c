import { expect, test } from "vitest";
import { qrWithPivoting } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  colsInOrder,
  defaultRank,
  gallery,
  matrix,
  multiply,
  random,
  rankDeficient,
  shapes,
  sizes,
  zeros,
} from "./matrices.js";
import { factorRatio, orthogonalityRatio, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { dtype } = ground;
  const all = [...sizes.map((n) => [n, n] as const), ...shapes];

  test.each(all)("A·P = Q·R, R's diagonal falls, %i×%i", async (rows, cols) => {
    for (const host of gallery(rows, cols, dtype)) {
      const a = rounded(host, dtype);
      using held = onBackend(ground, a);
      using factors = await qrWithPivoting(held);
      using thin = factors.q();
      using upper = factors.r();
      const [q, r] = [await toHost(thin), await toHost(upper)];
      const order = factors.permutation;
      expect(Array.from(order).sort((x, y) => x - y)).toEqual(
        Array.from({ length: cols }, (_, j) => j),
      );
      const permuted = colsInOrder(a, order);
      expect(factorRatio(permuted, multiply(q, r), dtype), a.name).toBeLessThan(threshold);
      expect(orthogonalityRatio(q, dtype), a.name).toBeLessThan(threshold);
      // Norms are known to the square root of roundoff, times a small factor.
      const slack = 1 + 10 * Math.sqrt(dtype === "f64" ? 2 ** -53 : 2 ** -24);
      for (let i = 1; i < r.rows; i++) {
        const [before, after] = [r.data[(i - 1) * cols + i - 1], r.data[i * cols + i]] as [
          number,
          number,
        ];
        const noise =
          Math.abs(r.data[0] as number) * cols * (dtype === "f64" ? 2 ** -52 : 2 ** -23);
        expect(Math.abs(after), `${a.name} ${i}`).toBeLessThanOrEqual(
          Math.abs(before) * slack + noise,
        );
      }
    }
  });

  test.each([
    [3, 3],
    [17, 17],
    [65, 40],
    [40, 65],
    [130, 130],
  ])("finds the rank, %i×%i", async (rows, cols) => {
    using full = onBackend(ground, random(rows, cols));
    using fullFactors = await qrWithPivoting(full);
    expect(fullFactors.rank).toBe(Math.min(rows, cols));
    const tolerance = dtype === "f64" ? 1e-10 : 1e-3;
    using low = onBackend(ground, rankDeficient(rows, cols));
    using lowFactors = await qrWithPivoting(low, { tolerance });
    expect(lowFactors.rank).toBe(defaultRank(rows, cols));
    using none = onBackend(ground, zeros(rows, cols));
    using noneFactors = await qrWithPivoting(none);
    expect(noneFactors.rank).toBe(0);
  });

  test("Q is orthogonal also where what is left of the columns falls below the normal numbers", async () => {
    const ones = matrix("", 90, 90, () => 1);
    using a = onBackend(ground, ones);
    using factors = await qrWithPivoting(a);
    expect(factors.rank).toBe(1);
    using q = factors.q();
    expect(orthogonalityRatio(await toHost(q), dtype)).toBeLessThan(threshold);
  });

  test("refuses a tolerance that is no number", async () => {
    using a = onBackend(ground, random(3));
    await expect(qrWithPivoting(a, { tolerance: Number.NaN })).rejects.toMatchObject({
      code: "ARGUMENT",
    });
  });
});
