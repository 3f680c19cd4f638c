import { type Backend, BlockMatrix, type DType } from "@blk/core";
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

/** A row of `weight` (count×width) for each index of an i32 column; of −1 zeros. */
export function embedding(options: EmbeddingOptions): Module {
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
