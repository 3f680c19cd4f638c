import { unitRoundoff } from "@blk/core";
import { expect, test } from "vitest";
import { matrixExponential } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import { type HostMatrix, identity, matrix, multiply, random, scaled, zeros } from "./matrices.js";
import { difference, norm1 } from "./ratios.js";

await onEachBackend((ground) => {
  const { dtype } = ground;
  const u = unitRoundoff(dtype);

  async function exponential(a: HostMatrix): Promise<HostMatrix> {
    using held = onBackend(ground, a);
    using x = await matrixExponential(held);
    return toHost(x);
  }

  /** ‖X − E‖ / (κ·‖E‖·n·u), where κ ≤ ‖A‖·e^{2‖A‖}-like; for normal matrices κ = max(1, ‖A‖). */
  function errorRatio(actual: HostMatrix, expected: HostMatrix, condition: number): number {
    const scale = norm1(expected) * Math.max(1, condition) * Math.max(1, actual.rows) * u;
    return norm1(difference(actual, expected)) / scale;
  }

  test("of nothing, of zero, and of numbers", async () => {
    expect((await exponential(zeros(0))).rows).toBe(0);
    expect(norm1(difference(await exponential(zeros(4)), identity(4)))).toBe(0);
    for (const value of [1e-9, -1e-3, 0.1, 0.7, -2, 5, 30]) {
      const x = Math.fround(value);
      const actual = await exponential(matrix("", 1, 1, () => x));
      const expected = matrix("", 1, 1, () => Math.exp(x));
      expect(errorRatio(actual, expected, Math.abs(x)), `${x}`).toBeLessThan(30);
    }
  });

  test("of rotations", async () => {
    for (const angle of [1e-3, 0.2, 1, 3, 40]) {
      const t = Math.fround(angle);
      const actual = await exponential(matrix("", 2, 2, (i, j) => (i === j ? 0 : i < j ? -t : t)));
      const [c, s] = [Math.cos(t), Math.sin(t)];
      const expected = matrix("", 2, 2, (i, j) => (i === j ? c : i < j ? -s : s));
      expect(errorRatio(actual, expected, t), `${t}`).toBeLessThan(30);
    }
  });

  test("of a nilpotent matrix, whose series ends", async () => {
    const shift = matrix("", 5, 5, (i, j) => (j === i + 1 ? 1 : 0));
    const factorial = [1, 1, 2, 6, 24];
    const expected = matrix("", 5, 5, (i, j) => (j < i ? 0 : 1 / (factorial[j - i] as number)));
    expect(errorRatio(await exponential(shift), expected, 1)).toBeLessThan(30);
  });

  test("of a triangular matrix far from normal, without needless scaling", async () => {
    // Exp of [1 b; 0 −1] is [e, b·sinh 1; 0, 1/e]; scaling by ‖A‖ ≈ b would cost log₂ b digits.
    const b = dtype === "f64" ? 1e6 : 1e3;
    const actual = await exponential(
      matrix("", 2, 2, (i, j) => (i === j ? 1 - 2 * i : i < j ? b : 0)),
    );
    const expected = matrix("", 2, 2, (i, j) => {
      if (i === j) return Math.exp(1 - 2 * i);
      return i < j ? b * Math.sinh(1) : 0;
    });
    for (const [at, value] of expected.data.entries()) {
      expect(Math.abs((actual.data[at] as number) - value)).toBeLessThanOrEqual(
        100 * u * Math.abs(value),
      );
    }
  });

  test.each([3, 40])("of A and of −A are inverses, n = %i", async (n) => {
    const a = rounded(scaled(random(n), 1 / Math.sqrt(n)), dtype);
    const [x, y] = [await exponential(a), await exponential(scaled(a, -1))];
    const error = norm1(difference(multiply(x, y), identity(n)));
    expect(error).toBeLessThan(30 * n * u * norm1(x) * norm1(y));
  });

  test("of matrices whose powers leave the range, and the result does not", async () => {
    const most = dtype === "f64" ? 2 ** 1023 : 2 ** 127;
    // Eigenvalues −most/2 and −3·most/2: nothing is left.
    const falls = matrix("", 2, 2, (i, j) => (i === j ? -most : most / 2));
    expect(norm1(await exponential(falls))).toBe(0);
    const nilpotent = matrix("", 2, 2, (i, j) => (j > i ? most : 0));
    const sum = matrix("", 2, 2, (i, j) => (i === j ? 1 : j > i ? most : 0));
    expect(norm1(difference(await exponential(nilpotent), sum))).toBe(0);
  });

  test("refuses what leaves the range of numbers", async () => {
    const most = dtype === "f64" ? 2 ** 1023 : 2 ** 127;
    for (const sign of [1, -1]) {
      const grows = matrix("", 2, 2, (i, j) => (i < j ? sign * most : most));
      await expect(exponential(grows)).rejects.toMatchObject({ code: "ARGUMENT" });
    }

    await expect(exponential(matrix("", 2, 2, () => 1000))).rejects.toMatchObject({
      code: "ARGUMENT",
    });
    await expect(exponential(matrix("", 2, 2, () => Number.NaN))).rejects.toMatchObject({
      code: "ARGUMENT",
    });
  });
});
