import { type Backend, BlockMatrix, type DType } from "@blk/core";
import { checkLayer, checkNumber } from "../check-arguments.js";
import type { Module } from "../module.js";
import { normaliseRows } from "../ops/normalise-rows.js";
import { parameter, type Variable } from "../variable.js";

/** Options of {@link layerNorm} and {@link rmsNorm}. */
export interface NormOptions {
  readonly backend: Backend;
  /** Columns of the input. */
  readonly width: number;
  /** Added to the variance. Default: 10⁻⁵. */
  readonly epsilon?: number;
  readonly dtype?: DType;
}

/**
 * (x − μ)/√(σ² + ε)·gain + shift, μ and σ² of each row (Ba, Kiros & Hinton 2016): `gain` and
 * `shift` are 1×width. Takes and gives rows×width. Throws `ARGUMENT`; its forward pass `SHAPE` for an input
 * of another width.
 *
 * ```ts
 * const norm = layerNorm({ backend, width: 64 });
 * ```
 */
export function layerNorm(options: NormOptions): Module {
  const epsilon = epsilonOf("layerNorm", options);
  const gain = rowOf(options, 1);
  const shift = rowOf(options, 0);
  return {
    kind: "layerNorm",
    parameters: [
      { name: "gain", variable: gain },
      { name: "shift", variable: shift },
    ],
    forward: (x) => normaliseRows(x, { gain, shift, epsilon }),
  };
}

/** x/√(mean x² + ε)·gain for each row (Zhang & Sennrich 2019). Shapes and errors as {@link layerNorm}. */
export function rmsNorm(options: NormOptions): Module {
  const epsilon = epsilonOf("rmsNorm", options);
  const gain = rowOf(options, 1);
  return {
    kind: "rmsNorm",
    parameters: [{ name: "gain", variable: gain }],
    forward: (x) => normaliseRows(x, { gain, epsilon }),
  };
}

function epsilonOf(operation: string, options: NormOptions): number {
  checkLayer(operation, options, "width");
  const { epsilon = 1e-5 } = options;
  checkNumber(operation, "epsilon", epsilon, epsilon >= 0, "0 or more");
  return epsilon;
}

function rowOf({ backend, width, dtype = "f32" }: NormOptions, value: number): Variable {
  return parameter(BlockMatrix.full(backend, value, { rows: 1, cols: width, dtype }));
}
