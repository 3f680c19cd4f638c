import { expect, test } from "vitest";
import { qr } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  gallery,
  identity,
  multiply,
  random,
  shapes,
  sizes,
  transposed,
  withoutColumn,
  zeros,
} from "./matrices.js";
import {
  difference,
  factorRatio,
  norm1,
  orthogonalityRatio,
  residualRatio,
  threshold,
} from "./ratios.js";

await onEachBackend((ground) => {
  const { backend, dtype } = ground;
  const all = [...sizes.map((n) => [n, n] as const), ...shapes];

  test.each(all)("A = Q·R with orthonormal Q, %i×%i", async (rows, cols) => {
    for (const host of gallery(rows, cols, dtype)) {
      const a = rounded(host, dtype);
      using held = onBackend(ground, a);
      using factors = await qr(held);
      using thin = factors.q();
      using upper = factors.r();
      const [q, r] = [await toHost(thin), await toHost(upper)];
      expect([q.rows, q.cols, r.rows, r.cols]).toEqual([
        rows,
        Math.min(rows, cols),
        Math.min(rows, cols),
        cols,
      ]);
      expect(factorRatio(a, multiply(q, r), dtype), a.name).toBeLessThan(threshold);
      expect(orthogonalityRatio(q, dtype), a.name).toBeLessThan(threshold);
      expect(r.data.every((x, at) => Math.floor(at / cols) <= at % cols || x === 0)).toBe(true);
    }
  });

  test.each([
    [1, 1],
    [17, 3],
    [65, 65],
    [200, 33],
  ])("least squares, %i×%i", async (rows, cols) => {
    const a = rounded(random(rows, cols), dtype);
    const b = rounded(random(rows, 3, 9), dtype);
    using held = onBackend(ground, a);
    using right = onBackend(ground, b);
    using factors = await qr(held);
    using x = factors.solve(right);
    // The residual is orthogonal to A's columns (LAPACK's qrt17).
    const residual = difference(b, multiply(a, await toHost(x)));
    const scale = norm1(a) * norm1(b) * Math.max(rows, cols);
    const u = dtype === "f64" ? 2 ** -53 : 2 ** -24;
    expect(norm1(multiply(transposed(a), residual)) / (scale * u)).toBeLessThan(threshold);
    if (rows === cols) expect(residualRatio(a, await toHost(x), b, dtype)).toBeLessThan(threshold);
  });

  test("Q and Qᵀ undo each other", async () => {
    using held = onBackend(ground, random(90, 40));
    using factors = await qr(held);
    const c = rounded(random(90, 5, 3), dtype);
    using right = onBackend(ground, c);
    using there = factors.applyQ(right, { transpose: true });
    using back = factors.applyQ(there);
    expect(factorRatio(c, await toHost(back), dtype)).toBeLessThan(threshold);
  });

  test("throws for dependent columns, naming one, and for wide matrices", async () => {
    using zero = onBackend(ground, withoutColumn(35, 50, 40));
    using b = onBackend(ground, random(50, 1));
    using factors = await qr(zero);
    expect(() => factors.solve(b)).toThrow(
      expect.objectContaining({ code: "SINGULAR", details: { column: 35 } }),
    );
    using wide = onBackend(ground, zeros(50, 60));
    using wideFactors = await qr(wide);
    expect(() => wideFactors.solve(b)).toThrow(expect.objectContaining({ code: "SHAPE" }));
  });

  test("frees everything", async () => {
    const before = backend.memoryUsage().buffers;
    {
      using held = onBackend(ground, identity(70));
      using factors = await qr(held);
      using x = factors.solve(held);
      expect(norm1(difference(await toHost(x), identity(70)))).toBe(0);
    }
    expect(backend.memoryUsage().buffers).toBe(before);
  });
});
