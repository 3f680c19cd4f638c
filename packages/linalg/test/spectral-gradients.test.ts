/** Every rule against central differences, by the sum of the outputs times fixed weights. */
import type { BlockMatrix } from "@blk/core";
import { expect, test } from "vitest";
import { type GradientRuleOfMany, svdRule, symmetricEigenRule } from "../src/index.js";
import { type Ground, onBackend, onEachBackend, toHost } from "./backends.js";
import { type HostMatrix, positiveDefinite, random } from "./matrices.js";

type Rule = (input: BlockMatrix) => Promise<GradientRuleOfMany>;

/** `used` are the outputs on which the sum depends. Signs of vectors are made those of `like`. */
async function evaluate(
  ground: Ground,
  rule: Rule,
  host: HostMatrix,
  used: readonly boolean[],
  like?: readonly HostMatrix[],
) {
  using input = onBackend(ground, host);
  using made = await rule(input);
  const outputs = made.forward(input);
  const values = await Promise.all(outputs.map((output) => toHost(output)));
  let sum = 0;
  const gradients = values.map(({ rows, cols, data }, k) => {
    if (!used[k]) return undefined;
    const weights = random(rows, cols, 31 + k);
    const reference = like?.[k]?.data ?? data;
    for (let j = 0; j < cols; j++) {
      let dot = 0;
      for (let i = 0; i < rows; i++) dot += data[i * cols + j]! * reference[i * cols + j]!;
      for (let i = 0; i < rows; i++) {
        sum += Math.sign(dot) * data[i * cols + j]! * weights.data[i * cols + j]!;
      }
    }
    return onBackend(ground, weights);
  });
  const [gradient] = made.backward(gradients, [input], outputs);
  const found = await toHost(gradient!);
  for (const held of [...outputs, ...gradients, gradient]) held?.dispose();
  return { sum, found, values };
}

await onEachBackend(
  (ground) => {
    const cases: readonly [string, Rule, HostMatrix, boolean[], boolean][] = [
      ["eigenvalues", symmetricEigenRule, positiveDefinite(5, 40), [true, false], true],
      ["eigenvectors", symmetricEigenRule, positiveDefinite(5, 40), [false, true], true],
      ["both", symmetricEigenRule, positiveDefinite(4, 40), [true, true], true],
      ["singular values", svdRule, random(5, 4), [false, true, false], false],
      ["singular vectors, tall", svdRule, random(6, 3), [true, false, true], false],
      ["singular vectors, wide", svdRule, random(3, 5), [true, true, true], false],
    ];

    test.each(cases)("%s", async (_, rule, host, used, isSymmetric) => {
      const before = ground.backend.memoryUsage().buffers;
      const { found, values } = await evaluate(ground, rule, host, used);
      expect(ground.backend.memoryUsage().buffers).toBe(before);
      const step = 2 ** -17;
      for (const at of host.data.keys()) {
        const [i, j] = [Math.floor(at / host.cols), at % host.cols];
        const moved = async (by: number): Promise<number> => {
          const data = host.data.slice();
          data[at]! += by;
          if (isSymmetric) data[j * host.cols + i] = data[at]!;
          return (await evaluate(ground, rule, { ...host, data }, used, values)).sum;
        };
        const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
        // A symmetric pair moves together, and shares its gradient.
        const expected = isSymmetric && i !== j ? slope / 2 : slope;
        // Truncation is of order step²/gap³ and rounding of u/(gap·step), gaps being above 0.02.
        expect(Math.abs(found.data[at]! - expected), `(${i}, ${j})`).toBeLessThan(1e-5);
      }
    });
  },
  ["f64"],
);
