import { unitRoundoff } from "@blk/core";
import { expect, test } from "vitest";
import { leastSquares } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import { type HostMatrix, matrix, multiply, random, transposed, zeros } from "./matrices.js";
import { difference, norm1, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { dtype } = ground;
  const u = unitRoundoff(dtype);

  async function solved(a: HostMatrix, b: HostMatrix, options = {}): Promise<HostMatrix> {
    using left = onBackend(ground, a);
    using right = onBackend(ground, b);
    using x = await leastSquares(left, right, options);
    return toHost(x);
  }

  /** ‖Aᵀ(B − A·X)‖ / (‖A‖·(‖A‖‖X‖ + ‖B‖)·max(m, n)·u): LAPACK's qrt17. */
  function normalRatio(a: HostMatrix, x: HostMatrix, b: HostMatrix): number {
    const residual = difference(b, multiply(a, x));
    const scale = norm1(a) * (norm1(a) * norm1(x) + norm1(b)) * Math.max(a.rows, a.cols) * u;
    return norm1(multiply(transposed(a), residual)) / (scale || 1);
  }

  test.each([
    [1, 1],
    [17, 3],
    [3, 17],
    [65, 64],
    [64, 65],
    [130, 40],
  ])(
    "full rank, %i×%i: the residual is orthogonal to A, X to its null space",
    async (rows, cols) => {
      const a = rounded(random(rows, cols), dtype);
      const b = rounded(random(rows, 2, 9), dtype);
      const x = await solved(a, b);
      expect(normalRatio(a, x, b)).toBeLessThan(threshold);
      if (rows >= cols) {
        const fast = await solved(a, b, { rank: "full" });
        expect(normalRatio(a, fast, b)).toBeLessThan(threshold);
        return;
      }
      expect(norm1(difference(b, multiply(a, x)))).toBeLessThan(
        threshold * norm1(a) * norm1(x) * cols * u,
      );
      // X = Aᵀ·Y for some Y: the least squares solution of Aᵀ·Y = X leaves nothing.
      const y = await solved(transposed(a), rounded(x, dtype));
      const left = norm1(difference(x, multiply(transposed(a), y)));
      expect(left).toBeLessThan(threshold * norm1(a) * norm1(y) * cols * u);
    },
  );

  test.each([
    [6, 5, 2],
    [40, 30, 11],
    [30, 40, 11],
    [100, 100, 50],
  ])("deficient rank, %i×%i of rank %i: smallest norm", async (rows, cols, rank) => {
    // Integers, so that A has that rank to the last bit.
    const small = (x: number): number => Math.round(3 * x);
    const [l, r] = [random(rows, rank, 3), random(rank, cols, 4)].map((m) => ({
      ...m,
      data: m.data.map(small),
    }));
    const a = multiply(l as HostMatrix, r as HostMatrix);
    const b = rounded(random(rows, 2, 9), dtype);
    const x = await solved(a, b, { tolerance: dtype === "f64" ? 1e-11 : 1e-4 });
    expect(normalRatio(a, x, b)).toBeLessThan(threshold);
    const y = await solved(transposed(a), rounded(x, dtype), {
      tolerance: dtype === "f64" ? 1e-11 : 1e-4,
    });
    const left = norm1(difference(x, multiply(transposed(a), y)));
    expect(left).toBeLessThan(threshold * norm1(a) * norm1(y) * Math.max(rows, cols) * u);
  });

  test("zero for a zero matrix and for nothing", async () => {
    expect(norm1(await solved(zeros(7, 4), random(7, 2)))).toBe(0);
    expect(await solved(zeros(0, 4), zeros(0, 2))).toMatchObject({ rows: 4, cols: 2 });
    expect(await solved(zeros(4, 0), random(4, 2))).toMatchObject({ rows: 0, cols: 2 });
  });

  test("refuses what is not finite in B, and a dependent column that was said to be none", async () => {
    const b = matrix("", 5, 2, (i, j) => (i === 4 && j === 1 ? Number.NaN : 1));
    await expect(solved(random(5, 3), b)).rejects.toMatchObject({
      code: "ARGUMENT",
      details: { row: 4, column: 1 },
    });
    await expect(solved(zeros(5, 3), random(5, 1), { rank: "full" })).rejects.toMatchObject({
      code: "SINGULAR",
    });
  });
});
