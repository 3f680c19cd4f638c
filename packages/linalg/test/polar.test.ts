import { expect, test } from "vitest";
import { polar } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import { gallery, identity, multiply, random, transposed, zeros } from "./matrices.js";
import { difference, factorRatio, norm1, orthogonalityRatio, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { dtype } = ground;

  test.each([
    [0, 0],
    [1, 1],
    [3, 0],
    [17, 17],
    [65, 64],
    [90, 20],
  ])("%i×%i", async (rows, cols) => {
    for (const host of [...gallery(rows, cols, dtype), zeros(rows, cols)]) {
      using a = onBackend(ground, host);
      using factors = await polar(a);
      const [u, h] = [await toHost(factors.u), await toHost(factors.h)];
      expect([u.rows, u.cols, h.rows, h.cols]).toEqual([rows, cols, cols, cols]);
      expect(orthogonalityRatio(u, dtype), host.name).toBeLessThan(threshold);
      const ratio = factorRatio(rounded(host, dtype), multiply(u, h), dtype);
      expect(ratio, host.name).toBeLessThan(threshold);
      expect(norm1(difference(h, transposed(h))), host.name).toBe(0);
    }
  });

  test("of an orthogonal matrix is itself and the identity", async () => {
    using a = onBackend(ground, random(30));
    using factors = await polar(a);
    using again = await polar(factors.u);
    expect(factorRatio(await toHost(factors.u), await toHost(again.u), dtype)).toBeLessThan(
      threshold,
    );
    expect(factorRatio(identity(30), await toHost(again.h), dtype)).toBeLessThan(threshold);
  });

  test("refuses a wide matrix", async () => {
    using a = onBackend(ground, random(3, 4));
    await expect(polar(a)).rejects.toMatchObject({ code: "SHAPE" });
  });
});
