import { expr } from "@blk/core";
import type { NamedParameter } from "../module.js";
import { type Operands, type Optimiser, operand, optimiserOf } from "./optimiser.js";
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
 * One pass over a parameter without momentum, two with.
 */
export function sgd(parameters: readonly NamedParameter[], options: SgdOptions): Optimiser {
  const { rate, momentum = 0, clipNorm } = options;
  const descend = (direction: string) => ({
    of: "weight",
    reads: ["weight", direction, "rate"],
    to: (x: Operands) =>
      expr.sub(operand(x, "weight"), expr.mul(operand(x, "rate"), operand(x, direction))),
  });
  const accumulate = {
    of: "velocity",
    reads: ["velocity", "gradient"],
    to: (x: Operands) =>
      expr.add(expr.mul(momentum, operand(x, "velocity")), operand(x, "gradient")),
  };
  return optimiserOf(parameters, {
    kind: "sgd",
    slots: momentum === 0 ? [] : ["velocity"],
    updates: momentum === 0 ? [descend("gradient")] : [accumulate, descend("velocity")],
    scalars: (step) => ({ rate: rateAt(rate, step) }),
    clipNorm,
  });
}
