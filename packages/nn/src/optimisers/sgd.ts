import { expr } from "@blk/core";
import { checkNumber } from "../check-arguments.js";
import type { NamedParameter } from "../module.js";
import { type CommonOptions, checkOptimiser } from "./check-optimiser.js";
import { type Optimiser, operand, optimiserOf } from "./optimiser.js";
import { rateAt } from "./schedules.js";

/** Options of {@link sgd}. */
export interface SgdOptions extends CommonOptions {
  /** From 0 to below 1. Default: 0. */
  readonly momentum?: number;
}

/**
 * Stochastic gradient descent with momentum: v ← μ·v + g, w ← w − rate·v (Sutskever et al. 2013).
 * One pass over a parameter and its velocity, in place.
 *
 * Throws `ARGUMENT` for numbers that are none, and parameters that are there twice.
 *
 * ```ts
 * const optimiser = sgd(model.parameters, { rate: 0.1, momentum: 0.9 });
 * ```
 */
export function sgd(parameters: readonly NamedParameter[], options: SgdOptions): Optimiser {
  checkOptimiser("sgd", parameters, options);
  const { rate, momentum = 0, clipNorm } = options;
  checkNumber("sgd", "momentum", momentum, momentum >= 0 && momentum < 1, "from 0 to below 1");
  return optimiserOf(parameters, {
    kind: "sgd",
    slots: momentum === 0 ? [] : ["velocity"],
    next: (x) => {
      const gradient = operand(x, "gradient");
      const velocity =
        momentum === 0 ? gradient : expr.add(expr.mul(momentum, operand(x, "velocity")), gradient);
      return {
        velocity,
        weight: expr.sub(operand(x, "weight"), expr.mul(operand(x, "rate"), velocity)),
      };
    },
    scalars: (step) => ({ rate: rateAt("sgd", rate, step) }),
    clipNorm,
  });
}
