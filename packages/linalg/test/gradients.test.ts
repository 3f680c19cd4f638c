/** Every rule against central differences, by the sum of the output times fixed weights. */
import type { BlockMatrix } from "@blk/core";
import { expect, test } from "vitest";
import {
  choleskyRule,
  type GradientRule,
  inverseRule,
  logDeterminantRule,
  solve,
  solveRule,
} from "../src/index.js";
import { type Ground, onBackend, onEachBackend, toHost } from "./backends.js";
import { type HostMatrix, matrix, positiveDefinite, random, zeros } from "./matrices.js";

type Rule = (...inputs: BlockMatrix[]) => Promise<GradientRule>;

async function evaluate(ground: Ground, rule: Rule, hosts: readonly HostMatrix[]) {
  const inputs = hosts.map((host) => onBackend(ground, host));
  using made = await rule(...inputs);
  using output = made.forward(...inputs);
  const weights = random(output.rows, output.cols, 21);
  using gradient = onBackend(ground, weights);
  const gradients = made.backward(gradient, inputs, output);
  const values = await toHost(output);
  const sum = values.data.reduce((total, x, i) => total + x * (weights.data[i] as number), 0);
  const result = { sum, gradients: await Promise.all(gradients.map((g) => toHost(g))) };
  for (const held of [...inputs, ...gradients]) held.dispose();
  return result;
}

await onEachBackend(
  (ground) => {
    const n = 5;
    const square = matrix(
      "",
      n,
      n,
      (i, j) => (random(n).data[i * n + j] as number) + (i === j ? 3 : 0),
    );
    const cases: readonly [
      name: string,
      rule: Rule,
      inputs: readonly HostMatrix[],
      isSymmetric: boolean,
    ][] = [
      ["solve", solveRule as Rule, [square, random(n, 2, 3)], false],
      ["inverse", inverseRule as Rule, [square], false],
      ["logDeterminant", logDeterminantRule as Rule, [square], false],
      ["cholesky", choleskyRule as Rule, [positiveDefinite(n, 4)], true],
    ];

    test.each(cases)("%s", async (_, rule, hosts, isSymmetric) => {
      const { backend } = ground;
      const before = backend.memoryUsage().buffers;
      const { gradients } = await evaluate(ground, rule, hosts);
      expect(backend.memoryUsage().buffers).toBe(before);
      const step = 2 ** -17;
      for (const [which, host] of hosts.entries()) {
        for (const at of host.data.keys()) {
          const [i, j] = [Math.floor(at / host.cols), at % host.cols];
          const moved = (by: number): readonly HostMatrix[] =>
            hosts.map((other, k) => {
              if (k !== which) return other;
              const data = other.data.slice();
              data[at] = (data[at] as number) + by;
              if (isSymmetric && i !== j) data[j * host.cols + i] = data[at] as number;
              return { ...other, data };
            });
          const up = (await evaluate(ground, rule, moved(step))).sum;
          const down = (await evaluate(ground, rule, moved(-step))).sum;
          const slope = (up - down) / (2 * step);
          const found = gradients[which]?.data[at] as number;
          // A symmetric pair moves together, and shares its gradient.
          const expected = isSymmetric && i !== j ? slope / 2 : slope;
          // Truncation is of order step², rounding of u/step: 2⁻³⁴ and 2⁻³⁶.
          expect(Math.abs(found - expected), `input ${which} (${i}, ${j})`).toBeLessThan(1e-7);
        }
      }
    });

    test("rules are made with their results, of which the operands are free", async () => {
      const { backend } = ground;
      const before = backend.memoryUsage().buffers;
      {
        const [a, b] = [onBackend(ground, square), onBackend(ground, random(n, 2, 3))];
        using x = await solve(a, b);
        using rule = await solveRule(a, b);
        a.dispose();
        b.dispose();
        using output = rule.forward();
        expect((await toHost(output)).data).toEqual((await toHost(x)).data);
      }
      using zero = onBackend(ground, zeros(2));
      using wide = onBackend(ground, zeros(2, 3));
      using right = onBackend(ground, zeros(2, 1));
      const singular = { code: "SINGULAR", details: { column: 0 } };
      await expect(solveRule(zero, right)).rejects.toMatchObject(singular);
      await expect(inverseRule(zero)).rejects.toMatchObject(singular);
      for (const pending of [solveRule(wide, right), inverseRule(wide), logDeterminantRule(wide)]) {
        await expect(pending).rejects.toMatchObject({ code: "SHAPE" });
      }
      expect(backend.memoryUsage().buffers).toBe(before + 3);
    });
  },
  ["f64"],
);
