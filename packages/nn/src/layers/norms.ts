import { type Backend, BlockMatrix, type DType, type Expr, expr } from "@blk/core";
import type { Module } from "../module.js";
import { map } from "../ops/map.js";
import { mean } from "../ops/mean.js";
import { reduce } from "../ops/reduce.js";
import { asVariable, parameter, type Value, type Variable } from "../variable.js";

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
 * `shift` are 1×width.
 */
export function layerNorm(options: NormOptions): Module {
  const { epsilon = 1e-5 } = options;
  const gain = rowOf(options, 1);
  const shift = rowOf(options, 0);
  return {
    kind: "layerNorm",
    parameters: [
      { name: "gain", variable: gain },
      { name: "shift", variable: shift },
    ],
    forward: (x) => {
      const input = asVariable(x);
      const center = mean(input, { per: "row" });
      const variance = reduce([input, center], {
        op: "sum",
        per: "row",
        expr: (x, m) => expr.div(square(expr.sub(x, m)), input.cols),
      });
      return map([input, center, variance, gain, shift], (x, m, v, g, s) =>
        expr.add(expr.mul(expr.mul(expr.sub(x, m), inverseRoot(v, epsilon)), g), s),
      );
    },
  };
}

/** x/√(mean x² + ε)·gain for each row (Zhang & Sennrich 2019). */
export function rmsNorm(options: NormOptions): Module {
  const { epsilon = 1e-5 } = options;
  const gain = rowOf(options, 1);
  return {
    kind: "rmsNorm",
    parameters: [{ name: "gain", variable: gain }],
    forward: (x: Value): Variable => {
      const input = asVariable(x);
      const power = reduce(input, {
        op: "sum",
        per: "row",
        expr: (x) => expr.div(square(x), input.cols),
      });
      return map([input, power, gain], (x, p, g) =>
        expr.mul(expr.mul(x, inverseRoot(p, epsilon)), g),
      );
    },
  };
}

function rowOf({ backend, width, dtype = "f32" }: NormOptions, value: number): Variable {
  return parameter(BlockMatrix.full(backend, value, { rows: 1, cols: width, dtype }));
}

function square(x: Expr): Expr {
  return expr.mul(x, x);
}

function inverseRoot(x: Expr, epsilon: number): Expr {
  return expr.div(1, expr.sqrt(expr.add(x, epsilon)));
}
