import { type Expr, expr } from "@blk/core";
import { checkNumber } from "../check-arguments.js";
import type { NamedParameter } from "../module.js";
import { type CommonOptions, checkOptimiser } from "./check-optimiser.js";
import { type Operands, type Optimiser, operand, optimiserOf } from "./optimiser.js";
import { rateAt } from "./schedules.js";

/** Options of {@link adam}. */
export interface AdamOptions extends CommonOptions {
  /** Decay of the mean, from 0 to below 1. Default: 0.9. */
  readonly beta1?: number;
  /** Decay of the mean square, from 0 to below 1. Default: 0.999. */
  readonly beta2?: number;
  /** Default: 10⁻⁸. */
  readonly epsilon?: number;
}

/** Options of {@link adamW}. */
export interface AdamWOptions extends AdamOptions {
  /** Share by which a weight shrinks in a step, times the rate. Default: 0.01. */
  readonly decay?: number;
  /** Which parameters shrink. Default: those of more than one row, so no bias and no gain. */
  readonly decays?: (parameter: NamedParameter) => boolean;
}

/**
 * Adam (Kingma & Ba 2015): one pass over each parameter, its mean and its mean square, in place.
 *
 * Throws `ARGUMENT` for numbers that are none, and parameters that are there twice.
 *
 * ```ts
 * const optimiser = adam(model.parameters, { rate: 1e-3, clipNorm: 1 });
 * ```
 */
export function adam(parameters: readonly NamedParameter[], options: AdamOptions): Optimiser {
  return adamLike("adam", parameters, options, undefined);
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019): weights shrink by rate·decay of themselves.
 * Errors as {@link adam}.
 */
export function adamW(parameters: readonly NamedParameter[], options: AdamWOptions): Optimiser {
  checkOptimiser("adamW", parameters, options);
  const { decay = 0.01, decays = ({ variable }: NamedParameter) => variable.rows > 1 } = options;
  checkNumber("adamW", "decay", decay, decay >= 0, "0 or more");
  return adamLike("adamW", parameters, options, (parameter) => (decays(parameter) ? decay : 0));
}

function adamLike(
  kind: string,
  parameters: readonly NamedParameter[],
  options: AdamOptions,
  decayOf: ((parameter: NamedParameter) => number) | undefined,
): Optimiser {
  checkOptimiser(kind, parameters, options);
  const { rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, clipNorm } = options;
  checkNumber(kind, "beta1", beta1, beta1 >= 0 && beta1 < 1, "from 0 to below 1");
  checkNumber(kind, "beta2", beta2, beta2 >= 0 && beta2 < 1, "from 0 to below 1");
  checkNumber(kind, "epsilon", epsilon, epsilon >= 0, "0 or more");
  return optimiserOf(parameters, {
    kind,
    slots: ["mean", "square"],
    next: (x) => {
      const g = operand(x, "gradient");
      const mean = average(x, "mean", beta1, g);
      const square = average(x, "square", beta2, expr.mul(g, g));
      const weight = operand(x, "weight");
      const kept = decayOf === undefined ? weight : expr.mul(weight, operand(x, "keep"));
      const root = expr.sqrt(expr.mul(square, operand(x, "correction")));
      const step = expr.div(mean, expr.add(root, epsilon));
      return { mean, square, weight: expr.sub(kept, expr.mul(operand(x, "rate"), step)) };
    },
    // The moments start at zero; dividing by 1 − βᵗ corrects that.
    scalars: (step, parameter) => {
      const now = rateAt(kind, rate, step);
      return {
        rate: now / (1 - beta1 ** (step + 1)),
        correction: 1 / (1 - beta2 ** (step + 1)),
        ...(decayOf && { keep: 1 - now * decayOf(parameter) }),
      };
    },
    clipNorm,
  });
}

/** β·m + (1 − β)·x */
function average(operands: Operands, name: string, beta: number, x: Expr): Expr {
  return expr.add(expr.mul(beta, operand(operands, name)), expr.mul(1 - beta, x));
}
