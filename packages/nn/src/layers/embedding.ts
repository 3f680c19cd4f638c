import { type Backend, BlockMatrix, type DType } from "@blk/core";
import { checkLayer, checkRandom } from "../check-arguments.js";
import type { Module } from "../module.js";
import { gather } from "../ops/gather.js";
import type { Random } from "../random.js";
import { asVariable, parameter } from "../variable.js";

/** Options of {@link embedding}. */
export interface EmbeddingOptions {
  readonly backend: Backend;
  /** Number of things that have a row. */
  readonly count: number;
  readonly width: number;
  readonly random: Random;
  /** Standard deviation of the first rows. Default: 1. */
  readonly deviation?: number;
  readonly dtype?: DType;
}

/**
 * A row of `weight` (count×width) for each index of an i32 column; zeros for one that no row has, such
 * as −1. Of k columns of indices, the rows lie side by side: rows×(k·width).
 *
 * Throws `ARGUMENT` for sizes that are none; its forward pass `DTYPE` for indices that are not i32.
 *
 * ```ts
 * const layer = embedding({ backend, count: 1000, width: 64, random });
 * const x = layer.forward(BlockMatrix.fromRows(backend, [[7], [0]], { dtype: "i32" }));   // 2×64
 * ```
 */
export function embedding(options: EmbeddingOptions): Module {
  checkLayer("embedding", options, "count", "width");
  checkRandom("embedding", options.random);
  const { backend, count, width, random, deviation = 1, dtype = "f32" } = options;
  const numbers = random.normal(count * width, deviation);
  const weight = parameter(
    BlockMatrix.fromArray(backend, numbers, { rows: count, cols: width, dtype }),
  );
  return {
    kind: "embedding",
    parameters: [{ name: "weight", variable: weight }],
    forward: (x) => gather(weight, asVariable(x).value),
  };
}
