/** Laws that hold for every shape and seed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { leastSquares, lu, qr, solve } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import { multiply, random, transposed } from "./matrices.js";
import {
  difference,
  factorRatio,
  norm1,
  orthogonalityRatio,
  residualRatio,
  threshold,
} from "./ratios.js";

const size = fc.integer({ min: 0, max: 70 });
const seed = fc.integer({ min: 1, max: 1000 });

await onEachBackend((ground) => {
  const { backend, dtype } = ground;
  const u = dtype === "f64" ? 2 ** -53 : 2 ** -24;
  const options = { numRuns: 15, seed: 4711 };

  test("a solution solves, whatever the shape of B; nothing is left behind", async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.integer({ min: 0, max: 20 }), seed, async (n, columns, start) => {
        const before = backend.memoryUsage().buffers;
        const a = rounded(random(n, n, start), dtype);
        const b = rounded(random(n, columns, start + 1), dtype);
        using left = onBackend(ground, a);
        using right = onBackend(ground, b);
        using x = await solve(left, right);
        expect(residualRatio(a, await toHost(x), b, dtype)).toBeLessThan(threshold);
        expect(backend.memoryUsage().buffers).toBe(before + 3);
      }),
      options,
    );
  });

  test("QR of any shape", async () => {
    await fc.assert(
      fc.asyncProperty(size, size, seed, async (rows, cols, start) => {
        const a = rounded(random(rows, cols, start), dtype);
        using held = onBackend(ground, a);
        using factors = await qr(held);
        using q = factors.q();
        using r = factors.r();
        expect(factorRatio(a, multiply(await toHost(q), await toHost(r)), dtype)).toBeLessThan(
          threshold,
        );
        expect(orthogonalityRatio(await toHost(q), dtype)).toBeLessThan(threshold);
      }),
      options,
    );
  });

  test("the determinant of the transpose is the same", async () => {
    await fc.assert(
      fc.asyncProperty(size, seed, async (n, start) => {
        const a = rounded(random(n, n, start), dtype);
        using held = onBackend(ground, a);
        using mirrored = onBackend(ground, transposed(a));
        using factors = await lu(held);
        using other = await lu(mirrored);
        const [x, y] = [factors.logDeterminant(), other.logDeterminant()];
        expect(x.sign).toBe(y.sign);
        if (n === 0) return;
        // |Δ ln det| ≤ n·κ·u·n to first order; random matrices have κ up to 10⁵ at these sizes.
        expect(Math.abs(x.logMagnitude - y.logMagnitude)).toBeLessThan(n * n * 1e5 * u);
      }),
      options,
    );
  });

  test("least squares solutions of any shape leave a residual orthogonal to A", async () => {
    await fc.assert(
      fc.asyncProperty(size, size, seed, async (rows, cols, start) => {
        const a = rounded(random(rows, cols, start), dtype);
        const b = rounded(random(rows, 2, start + 1), dtype);
        using left = onBackend(ground, a);
        using right = onBackend(ground, b);
        using x = await leastSquares(left, right);
        const solution = await toHost(x);
        const residual = difference(b, multiply(a, solution));
        const scale =
          norm1(a) * (norm1(a) * norm1(solution) + norm1(b)) * Math.max(rows, cols, 1) * u;
        expect(norm1(multiply(transposed(a), residual))).toBeLessThanOrEqual(threshold * scale);
      }),
      options,
    );
  });
});
