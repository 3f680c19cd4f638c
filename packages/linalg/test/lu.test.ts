import { isBlkError } from "@blk/core";
import { describe, expect, test } from "vitest";
import { lu } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  gallery,
  type HostMatrix,
  identity,
  matrix,
  multiply,
  random,
  rowsInOrder,
  shapes,
  sizes,
  transposed,
  zeros,
} from "./matrices.js";
import { factorRatio, residualRatio, threshold } from "./ratios.js";

function largest({ data }: HostMatrix): number {
  return data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

await onEachBackend((ground) => {
  const { backend, dtype } = ground;
  const all = [...sizes.map((n) => [n, n] as const), ...shapes];

  test.each(all)("P·A = L·U, %i×%i", async (rows, cols) => {
    for (const host of gallery(rows, cols, dtype)) {
      const a = rounded(host, dtype);
      using factors = await factorsOf(a);
      using l = factors.lower();
      using u = factors.upper();
      const permuted = rowsInOrder(a, factors.permutation);
      const lower = await toHost(l);
      const product = multiply(lower, await toHost(u));
      expect(factorRatio(permuted, product, dtype), a.name).toBeLessThan(threshold);
      expect(
        lower.data.every((x) => Math.abs(x) <= 1),
        a.name,
      ).toBe(true);
    }
  });

  test.each(sizes)("solves A·X = B and Aᵀ·X = B, n = %i", async (n) => {
    for (const host of gallery(n, n, dtype)) {
      const a = rounded(host, dtype);
      using factors = await factorsOf(a);
      if (factors.singularColumn !== undefined) continue;
      // Theorem 9.5 of Higham (2002): the bound has the growth of elements as a factor.
      using u = factors.upper();
      const bound = threshold * Math.max(1, largest(await toHost(u)) / (largest(a) || 1));
      const b = rounded(random(n, 3, 9), dtype);
      using right = onBackend(ground, b);
      using x = factors.solve(right);
      using y = factors.solve(right, { transpose: true });
      expect(residualRatio(a, await toHost(x), b, dtype), a.name).toBeLessThan(bound);
      const mirrored = transposed(a);
      expect(residualRatio(mirrored, await toHost(y), b, dtype), a.name).toBeLessThan(bound);
    }
  });

  test("names the column in which a matrix is singular", async () => {
    for (const [n, column] of [
      [1, 0],
      [9, 3],
      [40, 39],
      [70, 33],
    ] as const) {
      const a = matrix("", n, n, (i, j) => (i === j && i !== column ? 2 : 0));
      using factors = await factorsOf(a);
      expect(factors.singularColumn).toBe(column);
      expect(factors.determinant()).toBe(0);
      expect(factors.logDeterminant()).toEqual({ sign: 0, logMagnitude: Number.NEGATIVE_INFINITY });
      using b = onBackend(ground, random(n, 1));
      expect(() => factors.solve(b)).toThrow(
        expect.objectContaining({ code: "SINGULAR", details: { column } }),
      );
    }
  });

  test("refuses what is not finite, naming the place", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      using a = onBackend(
        ground,
        matrix("", 5, 4, (i, j) => (i === 3 && j === 2 ? value : 1)),
      );
      await expect(lu(a)).rejects.toMatchObject({
        code: "ARGUMENT",
        details: { row: 3, column: 2 },
      });
    }
  });

  describe("determinants", () => {
    test("of a permutation, its sign", async () => {
      const swap = matrix("", 40, 40, (i, j) => (j === (i ^ 1) ? 1 : 0));
      const cycle = matrix("", 40, 40, (i, j) => (j === (i + 1) % 40 ? 1 : 0));
      using even = await factorsOf(swap);
      using odd = await factorsOf(cycle);
      expect([even.determinant(), odd.determinant()]).toEqual([1, -1]);
    });

    test("of powers of two, beyond the range of doubles as logarithms", async () => {
      using one = await factorsOf(matrix("", 66, 66, (i, j) => (i === j ? 2 ** (i - 33) : 0)));
      expect(one.determinant()).toBe(2 ** -33);
      using large = await factorsOf(matrix("", 99, 99, (i, j) => (i === j ? -(2 ** 40) : 0)));
      expect(large.determinant()).toBe(Number.NEGATIVE_INFINITY);
      const { sign, logMagnitude } = large.logDeterminant();
      expect(sign).toBe(-1);
      expect(logMagnitude).toBeCloseTo(99 * 40 * Math.LN2, 8);
    });

    test("of nothing, one", async () => {
      using factors = await factorsOf(zeros(0));
      expect(factors.determinant()).toBe(1);
    });
  });

  test("frees everything, and throws after disposal", async () => {
    const before = backend.memoryUsage().buffers;
    const factors = await factorsOf(random(70));
    using b = onBackend(ground, identity(70));
    factors.solve(b).dispose();
    factors.dispose();
    factors.dispose();
    expect(backend.memoryUsage().buffers).toBe(before + 1);
    expect(() => factors.solve(b)).toThrow(expect.objectContaining({ code: "DISPOSED" }));
    expect(factors.disposed).toBe(true);
  });

  test("refuses right-hand sides that do not fit", async () => {
    using factors = await factorsOf(identity(4));
    using short = onBackend(ground, random(3, 1));
    using other = onBackend({ ...ground, dtype: dtype === "f32" ? "f64" : "f32" }, random(4, 1));
    const codeOf = (run: () => unknown): string | undefined => {
      try {
        run();
      } catch (error) {
        return isBlkError(error) ? error.code : undefined;
      }
      return undefined;
    };
    expect(codeOf(() => factors.solve(short))).toBe("SHAPE");
    expect(codeOf(() => factors.solve(other))).toBe("DTYPE");
  });

  async function factorsOf(a: Parameters<typeof onBackend>[1]) {
    using held = onBackend(ground, a);
    return lu(held);
  }
});
