import { expr } from "@blk/core";
import type { NamedParameter } from "../module.js";
import { type Optimiser, operand, optimiserOf } from "./optimiser.js";
import { type Rate, rateAt } from "./schedules.js";

/** Options of {@link sgd}. */
export interface SgdOptions {
  readonly rate: Rate;
  /** Default: 0. */
  readonly momentum?: number;
  /** Scales the gradients down to this norm, of all of them together. */
  readonly clipNorm?: number;
}

/**
 * Stochastic gradient descent with momentum: v ← μ·v + g, w ← w − rate·v (Sutskever et al. 2013).
 * One pass over a parameter and its velocity, in place.
 */
export function sgd(parameters: readonly NamedParameter[], options: SgdOptions): Optimiser {
  const { rate, momentum = 0, clipNorm } = options;
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
    scalars: (step) => ({ rate: rateAt(rate, step) }),
    clipNorm,
  });
}
