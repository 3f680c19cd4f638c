import { unitRoundoff } from "@blk/core";
import { expect, test } from "vitest";
import { svd, truncatedSvd } from "../src/index.js";
import { onBackend, onEachBackend, toHost } from "./backends.js";
import { type HostMatrix, matrix, multiply, random, rankDeficient } from "./matrices.js";
import { difference, factorRatio, orthogonalityRatio, threshold } from "./ratios.js";

/** Singular values 1, 1/2, 1/4, … but for the randomness of two factors. */
function falling(rows: number, cols: number): HostMatrix {
  const right = random(20, cols, 2);
  const scaled = matrix("", 20, cols, (i, j) => right.data[i * cols + j]! * 2 ** -i);
  return { ...multiply(random(rows, 20, 1), scaled), name: "falling" };
}

await onEachBackend((ground) => {
  const { dtype } = ground;

  test.each([
    [90, 60],
    [60, 90],
    [200, 33],
  ])("a matrix of low rank, %i×%i, is found as a whole", async (rows, cols) => {
    using a = onBackend(ground, rankDeficient(rows, cols, 12));
    using leading = await truncatedSvd(a, 12);
    const [u, v] = [await toHost(leading.u), await toHost(leading.v)];
    expect([u.rows, u.cols, v.rows, v.cols]).toEqual([rows, 12, cols, 12]);
    expect(orthogonalityRatio(u, dtype)).toBeLessThan(threshold);
    expect(orthogonalityRatio(v, dtype)).toBeLessThan(threshold);
    using product = leading.approximation();
    expect(factorRatio(await toHost(a), await toHost(product), dtype)).toBeLessThan(threshold);
  });

  test.each([
    [80, 50],
    [50, 80],
  ])("the error for %i×%i is near the next singular value", async (rows, cols) => {
    using a = onBackend(ground, falling(rows, cols));
    using exact = await svd(a);
    const values = await exact.s.toArray();
    for (const count of [0, 1, 5, 11]) {
      using leading = await truncatedSvd(a, count, { powerIterations: 2 });
      using near = leading.approximation();
      using error = await svd(onBackend(ground, difference(await toHost(a), await toHost(near))));
      const noise = threshold * 80 * unitRoundoff(dtype) * values[0]!;
      // The bound of the docstring with its ε: in expectation, and here with a factor of two to spare.
      const epsilon = Math.sqrt(count / 9) + (Math.E * Math.sqrt(count + 10) * Math.sqrt(50)) / 10;
      const most = 2 * (1 + epsilon) ** (1 / 5) * values[count]!;
      expect((await error.s.toArray())[0]!).toBeLessThanOrEqual(most + noise);
      (await leading.s.toArray()).forEach((value, i) => {
        expect(value).toBeLessThanOrEqual(values[i]! + noise);
      });
    }
  });

  test("all of them are those of svd", async () => {
    using a = onBackend(ground, random(15, 12));
    using all = await truncatedSvd(a, 12);
    using exact = await svd(a);
    expect(await all.s.toArray()).toEqual(await exact.s.toArray());
  });

  test("the same seed, the same result; another seed, another one", async () => {
    using a = onBackend(ground, random(60, 50));
    using first = await truncatedSvd(a, 4, { powerIterations: 0 });
    using second = await truncatedSvd(a, 4, { powerIterations: 0 });
    using third = await truncatedSvd(a, 4, { powerIterations: 0, seed: 2 });
    expect(await second.s.toArray()).toEqual(await first.s.toArray());
    expect(await third.s.toArray()).not.toEqual(await first.s.toArray());
  });

  test("power iterations make the leading values stand out where they fall off slowly", async () => {
    using a = onBackend(ground, random(60, 50));
    using exact = await svd(a);
    const [largest] = await exact.s.toArray();
    const found: number[] = [];
    for (const powerIterations of [0, 2, 12]) {
      using leading = await truncatedSvd(a, 2, { oversampling: 2, powerIterations });
      found.push((await leading.s.toArray())[0]! / largest!);
    }
    expect(found[1]).toBeGreaterThan(found[0]!);
    expect(found[2]).toBeGreaterThan(found[1]!);
    expect(found[2]).toBeGreaterThan(0.99);
  });

  test("frees all but the result", async () => {
    using a = onBackend(ground, random(90, 70));
    const before = ground.backend.memoryUsage();
    (await truncatedSvd(a, 5)).dispose();
    expect(ground.backend.memoryUsage()).toEqual(before);
  });

  test("refuses counts and options that make no sense", async () => {
    using a = onBackend(ground, random(6, 4));
    const refused = { code: "ARGUMENT" };
    await expect(truncatedSvd(a, 5)).rejects.toMatchObject(refused);
    await expect(truncatedSvd(a, -1)).rejects.toMatchObject(refused);
    await expect(truncatedSvd(a, 2, { oversampling: 0.5 })).rejects.toMatchObject(refused);
    await expect(truncatedSvd(a, 2, { seed: Number.NaN })).rejects.toMatchObject(refused);
  });
});
