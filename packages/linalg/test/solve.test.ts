import { isBlkError } from "@blk/core";
import { expect, test } from "vitest";
import {
  conditionEstimate,
  determinant,
  inverse,
  logDeterminant,
  matrixNorm,
  solve,
  solvePositiveDefinite,
} from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  hilbert,
  identity,
  matrix,
  multiply,
  positiveDefinite,
  random,
  scaled,
  zeros,
} from "./matrices.js";
import { norm1, residualRatio, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { backend, dtype } = ground;

  test.each([0, 1, 3, 65, 100])("solves general and definite systems, n = %i", async (n) => {
    for (const [a, run] of [
      [random(n), solve],
      [positiveDefinite(n), solvePositiveDefinite],
    ] as const) {
      const host = rounded(a, dtype);
      const b = rounded(random(n, 3, 9), dtype);
      const left = onBackend(ground, host);
      const right = onBackend(ground, b);
      const pending = run(left, right);
      // Operands may go as soon as the call returned.
      left.dispose();
      right.dispose();
      using x = await pending;
      expect(residualRatio(host, await toHost(x), b, dtype)).toBeLessThan(threshold);
    }
    expect(backend.memoryUsage().buffers).toBe(0);
  });

  test.each([1, 17, 70])("inverts, n = %i", async (n) => {
    const a = rounded(random(n), dtype);
    using held = onBackend(ground, a);
    using x = await inverse(held);
    expect(residualRatio(a, await toHost(x), identity(n), dtype)).toBeLessThan(threshold);
  });

  test("names the column of a singular matrix", async () => {
    using a = onBackend(ground, zeros(4));
    using b = onBackend(ground, random(4, 1));
    await expect(solve(a, b)).rejects.toMatchObject({ code: "SINGULAR", details: { column: 0 } });
    await expect(inverse(a)).rejects.toMatchObject({ code: "SINGULAR" });
    expect(await determinant(a)).toBe(0);
    expect((await logDeterminant(a)).sign).toBe(0);
    expect(await conditionEstimate(a)).toBe(Number.POSITIVE_INFINITY);
  });

  test("refuses shapes that do not fit and numbers that are not finite", async () => {
    using a = onBackend(ground, random(4));
    using wide = onBackend(ground, random(4, 5));
    using nan = onBackend(
      ground,
      matrix("", 4, 1, () => Number.NaN),
    );
    const codeOf = async (run: Promise<unknown>): Promise<unknown> =>
      run.then(
        () => "none",
        (error: unknown) => isBlkError(error) && error.code,
      );
    using tall = onBackend(ground, random(5, 1));
    expect(await codeOf(solve(wide, nan))).toBe("SHAPE");
    expect(await codeOf(solve(a, tall))).toBe("SHAPE");
    expect(await codeOf(solve(a, nan))).toBe("ARGUMENT");
  });

  test("norms, also of huge and tiny numbers and of nothing", async () => {
    const a = matrix("", 2, 3, (i, j) => (i === 0 ? 1 : -1) * (3 * i + j));
    const scale = dtype === "f64" ? 2 ** 600 : 2 ** 80;
    for (const factor of [1, scale, 1 / scale]) {
      using held = onBackend(ground, scaled(a, factor));
      const values: number[] = [];
      for (const kind of ["one", "infinity", "largest", "frobenius"] as const) {
        using norm = matrixNorm(held, kind);
        values.push((await norm.toNumber()) / factor);
      }
      expect(values.slice(0, 3)).toEqual([7, 12, 5]);
      expect(values[3]).toBeCloseTo(Math.sqrt(55), 5);
    }
    using none = onBackend(ground, zeros(0));
    for (const kind of ["one", "infinity", "largest", "frobenius"] as const) {
      using norm = matrixNorm(none, kind);
      expect(await norm.toNumber()).toBe(0);
    }
  });

  test.each([1, 2, 10, 40])(
    "the estimate of the condition is within a factor of three, n = %i",
    async (n) => {
      for (const host of [
        random(n),
        positiveDefinite(n, 1000),
        hilbert(Math.min(n, dtype === "f64" ? 8 : 4)),
      ]) {
        const a = rounded(host, dtype);
        using held = onBackend(ground, a);
        using x = await inverse(held);
        const exact = norm1(a) * norm1(await toHost(x));
        const estimate = await conditionEstimate(held);
        expect(estimate).toBeLessThan(exact * 1.01);
        expect(estimate).toBeGreaterThan(exact / 3);
      }
    },
  );

  test("the determinant of a triangular matrix is the product of its diagonal", async () => {
    using a = onBackend(
      ground,
      matrix("", 5, 5, (i, j) => (j >= i ? i + 1 : 0)),
    );
    expect(await determinant(a)).toBe(120);
    using b = onBackend(ground, multiply(identity(3), scaled(identity(3), -2)));
    expect(await determinant(b)).toBe(-8);
  });
});
