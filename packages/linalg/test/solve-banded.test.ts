import { expect, test } from "vitest";
import { solveBanded } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import { matrix, random, withoutColumn, zeros } from "./matrices.js";
import { residualRatio, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { dtype } = ground;

  test.each([
    [0, 0, 0],
    [1, 0, 0],
    [5, 1, 1],
    [64, 0, 3],
    [65, 3, 0],
    [100, 2, 5],
    [130, 40, 1],
    [70, 90, 90],
  ])("n = %i, %i diagonals below and %i above", async (n, lower, upper) => {
    const noise = random(n);
    const banded = matrix("", n, n, (i, j) => {
      return i - j > lower || j - i > upper ? 0 : (noise.data[i * n + j] as number);
    });
    const a = rounded(banded, dtype);
    // What lies outside of the band does not count.
    const spoilt = matrix("", n, n, (i, j) => {
      return i - j > lower || j - i > upper ? 7 : (a.data[i * n + j] as number);
    });
    const b = rounded(random(n, 3, 9), dtype);
    using held = onBackend(ground, spoilt);
    using right = onBackend(ground, b);
    using x = await solveBanded(held, right, { lower, upper });
    expect(residualRatio(a, await toHost(x), b, dtype)).toBeLessThan(threshold);
  });

  test("names the column of a singular matrix and refuses bandwidths that are none", async () => {
    using a = onBackend(ground, withoutColumn(50, 70));
    using b = onBackend(ground, zeros(70, 1));
    await expect(solveBanded(a, b, { lower: 1, upper: 1 })).rejects.toMatchObject({
      code: "SINGULAR",
      details: { column: 50 },
    });
    await expect(solveBanded(a, b, { lower: -1, upper: 1 })).rejects.toMatchObject({
      code: "ARGUMENT",
    });
  });
});
