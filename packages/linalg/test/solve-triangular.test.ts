import { expect, test } from "vitest";
import { solveTriangular } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import { type HostMatrix, kahan, matrix, multiply, random, sizes, transposed } from "./matrices.js";
import { difference, norm1, residualRatio, threshold } from "./ratios.js";

const choices = ["lower", "upper"].flatMap((triangle) =>
  [false, true].flatMap((transpose) =>
    [false, true].flatMap((unit) =>
      ["left", "right"].map((side) => ({ triangle, transpose, unit, side }) as Choice),
    ),
  ),
);

interface Choice {
  readonly triangle: "lower" | "upper";
  readonly transpose: boolean;
  readonly unit: boolean;
  readonly side: "left" | "right";
}

await onEachBackend((ground) => {
  const { dtype } = ground;

  test.each(choices)("$triangle, transposed $transpose, unit $unit, $side", async (options) => {
    for (const n of sizes) {
      for (const t of triangles(n, options)) {
        const [rows, cols] = options.side === "left" ? [n, 5] : [5, n];
        const b = rounded(random(rows, cols, 12), dtype);
        using factor = onBackend(ground, t.stored);
        using right = onBackend(ground, b);
        using x = await solveTriangular(factor, right, options);
        const solution = await toHost(x);
        const used = options.transpose ? transposed(t.meant) : t.meant;
        const error =
          options.side === "left"
            ? residualRatio(used, solution, b, dtype)
            : residualRatio(transposed(used), transposed(solution), transposed(b), dtype);
        expect(error, `${t.stored.name} ${n}`).toBeLessThan(threshold);
      }
    }
  });

  /** What is stored, with NaN where nothing may be read, and what it means. */
  function triangles(n: number, { triangle, unit }: Choice) {
    const inside = (i: number, j: number): boolean => (triangle === "lower" ? j < i : i < j);
    // Off the diagonal so small that a unit triangle has a modest condition.
    const noise = random(n, n, 13);
    const gentle = matrix("gentle", n, n, (i, j) => {
      return (noise.data[i * n + j] as number) / (i === j ? 1 : Math.max(1, n / 4));
    });
    const harsh = triangle === "lower" ? transposed(kahan(n)) : kahan(n);
    return [gentle, harsh].map((host) => {
      const values = rounded(host, dtype);
      const at = (i: number, j: number): number => values.data[i * n + j] as number;
      const pick = (otherwise: number, diagonal?: number): HostMatrix =>
        matrix(host.name, n, n, (i, j) => {
          if (i === j) return diagonal ?? at(i, j);
          return inside(i, j) ? at(i, j) : otherwise;
        });
      const stored = pick(Number.NaN, unit ? Number.NaN : undefined);
      return { stored, meant: pick(0, unit ? 1 : undefined) };
    });
  }

  test.each([8, 32, 64, 100])(
    "solves where the inverse is huge but the solution is not, n = %i",
    async (n) => {
      // A triangle of random numbers has a condition that grows like 2ⁿ (Viswanath and Trefethen, 1998).
      const noise = random(n, n, 14);
      for (const isLower of [true, false]) {
        const t = rounded(
          matrix("random triangle", n, n, (i, j) => {
            return (isLower ? j <= i : i <= j) ? (noise.data[i * n + j] as number) : 0;
          }),
          dtype,
        );
        const b = rounded(multiply(t, random(n, 3, 15)), dtype);
        using factor = onBackend(ground, t);
        using right = onBackend(ground, b);
        using x = await solveTriangular(factor, right, { triangle: isLower ? "lower" : "upper" });
        expect(residualRatio(t, await toHost(x), b, dtype)).toBeLessThan(threshold);
      }
    },
  );

  test("is exact where all numbers are small integers", async () => {
    const l = matrix("", 70, 70, (i, j) => (i === j ? 1 : i === j + 1 || i === j + 40 ? -1 : 0));
    const x = matrix("", 70, 2, (i, j) => (i % 5) + j);
    using factor = onBackend(ground, l);
    using right = onBackend(ground, multiply(l, x));
    using solution = await solveTriangular(factor, right, { triangle: "lower" });
    expect(norm1(difference(await toHost(solution), x))).toBe(0);
  });

  test("names a zero on the diagonal and what is not finite", async () => {
    using b = onBackend(ground, random(70, 1));
    using zero = onBackend(
      ground,
      matrix("", 70, 70, (i, j) => (i === j && i !== 40 ? 1 : 0)),
    );
    await expect(solveTriangular(zero, b, { triangle: "upper" })).rejects.toMatchObject({
      code: "SINGULAR",
      details: { column: 40 },
    });
    using nan = onBackend(
      ground,
      matrix("", 70, 70, (i, j) => (i === 50 && j === 3 ? Number.NaN : 1)),
    );
    await expect(solveTriangular(nan, b, { triangle: "lower" })).rejects.toMatchObject({
      code: "ARGUMENT",
      details: { row: 50, column: 3 },
    });
  });
});
