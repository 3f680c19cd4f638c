import { unitRoundoff } from "@blk/core";
import { expect, test } from "vitest";
import { minimumNorm, pseudoInverse, rank } from "../src/index.js";
import { onBackend, onEachBackend, toHost } from "./backends.js";
import {
  identity,
  kahan,
  matrix,
  multiply,
  random,
  rankDeficient,
  transposed,
  zeros,
} from "./matrices.js";
import { difference, norm1, threshold } from "./ratios.js";

const shapes = [
  [0, 0],
  [0, 4],
  [5, 0],
  [1, 1],
  [30, 20],
  [20, 30],
  [65, 65],
  [120, 9],
] as const;

await onEachBackend((ground) => {
  const { dtype } = ground;

  test.each(shapes)("Penrose's four conditions, %i×%i", async (rows, cols) => {
    for (const host of [random(rows, cols), rankDeficient(rows, cols), zeros(rows, cols)]) {
      using inverse = await pseudoInverse(onBackend(ground, host));
      const x = await toHost(inverse);
      expect([x.rows, x.cols]).toEqual([cols, rows]);
      const [ax, xa] = [multiply(host, x), multiply(x, host)];
      // Perturbations of A, and those of A⁺, which are the condition number larger (Wedin, 1973).
      const condition = Math.max(1, norm1(host) * norm1(x));
      const bound = threshold * Math.max(rows, cols) * unitRoundoff(dtype) * condition * condition;
      const near = (p: typeof x, q: typeof x, norm: number) =>
        expect(norm1(difference(p, q)), host.name).toBeLessThanOrEqual(bound * norm);
      near(multiply(ax, host), host, norm1(host));
      near(multiply(xa, x), x, norm1(x));
      near(ax, transposed(ax), 1);
      near(xa, transposed(xa), 1);
    }
  });

  test.each([
    [40, 25],
    [25, 40],
    [30, 30],
  ])("the solution of minimum norm, %i×%i", async (rows, cols) => {
    for (const host of [random(rows, cols), rankDeficient(rows, cols, 11)]) {
      const b = random(rows, 3, 9);
      using x = await minimumNorm(onBackend(ground, host), onBackend(ground, b));
      using inverse = await pseudoInverse(onBackend(ground, host));
      const [got, a] = [await toHost(x), await toHost(inverse)];
      const condition = norm1(host) * norm1(a);
      const bound = threshold * Math.max(rows, cols) * unitRoundoff(dtype) * condition;
      const scale = norm1(a) * norm1(b);
      expect(norm1(difference(got, multiply(a, b)))).toBeLessThanOrEqual(bound * scale);
      // The residual is orthogonal to the range of A.
      const residual = difference(multiply(host, got), b);
      const normal = norm1(multiply(transposed(host), residual));
      expect(normal).toBeLessThanOrEqual(bound * norm1(transposed(host)) * norm1(b) * condition);
    }
  });

  test("ranks", async () => {
    const ranks = [
      [zeros(4, 3), 0],
      [zeros(0, 3), 0],
      [identity(9), 9],
      [matrix("ones", 6, 5, () => 1), 1],
      [random(20, 30), 20],
      [rankDeficient(40, 30, 7), 7],
      [rankDeficient(64, 64, 32), 32],
    ] as const;
    for (const [host, expected] of ranks) {
      using a = onBackend(ground, host);
      // A product that was rounded to f32 has full rank by a hair: what that adds is left out.
      expect(await rank(a, dtype === "f32" ? { tolerance: 1e-5 } : {}), host.name).toBe(expected);
    }
    using a = onBackend(ground, kahan(30));
    expect(await rank(a, { tolerance: 0.5 })).toBeLessThan(30);
    await expect(rank(a, { tolerance: Number.NaN })).rejects.toMatchObject({ code: "ARGUMENT" });
  });

  test("right-hand sides that do not fit", async () => {
    const { backend } = ground;
    using a = onBackend(ground, random(4, 3));
    using short = onBackend(ground, random(3, 1));
    using other = onBackend({ backend, dtype: dtype === "f64" ? "f32" : "f64" }, random(4, 1));
    await expect(minimumNorm(a, short)).rejects.toMatchObject({ code: "SHAPE" });
    await expect(minimumNorm(a, other)).rejects.toMatchObject({ code: "DTYPE" });
  });
});
