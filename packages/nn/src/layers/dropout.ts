import { BlockMatrix, checkOptions, computeDType } from "@blk/core";
import { checkNumber, checkRandom } from "../check-arguments.js";
import type { Module } from "../module.js";
import { mul } from "../ops/elementwise.js";
import { operandOf, Variable } from "../variable.js";

/**
 * In training, zeros each element with probability `rate` and scales the others by 1/(1 − rate)
 * (Srivastava et al. 2014); otherwise passes everything. The mask is drawn element by element from
 * the stream of the pass: it is the same on every backend. Throws `ARGUMENT` unless 0 ≤ rate < 1.
 *
 * ```ts
 * const y = dropout({ rate: 0.5 }).forward(x, { random: new Random(1) });
 * ```
 */
export function dropout(options: { readonly rate: number }): Module {
  checkOptions("dropout", options, "such as { rate: 0.5 }");
  const { rate } = options;
  checkNumber("dropout", "rate", rate, rate >= 0 && rate < 1, "from 0 to below 1");
  return {
    kind: "dropout",
    parameters: [],
    forward: (x, training) => {
      const input = operandOf("dropout", x);
      if (training === undefined || rate === 0) return input;
      checkRandom("dropout, training", training.random);
      const { backend, rows, cols } = input;
      const dtype = computeDType(input.dtype);
      const least = rate * 2 ** 32;
      const kept = 1 / (1 - rate);
      const words = training.random.words(rows * cols);
      const mask =
        dtype === "f64" ? new Float64Array(words.length) : new Float32Array(words.length);
      for (let i = 0; i < words.length; i++) mask[i] = (words[i] as number) < least ? 0 : kept;
      const factor = new Variable(BlockMatrix.fromArray(backend, mask, { rows, cols }));
      const output = mul(input, factor, { label: "dropout", dtype: input.dtype });
      // The tape needs it until the backward pass, nobody else does.
      factor.dispose();
      return output;
    },
  };
}
