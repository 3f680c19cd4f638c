import type { Expr } from "@blk/core";
import { map } from "./ops/map.js";
import type { Variable } from "./variable.js";

/**
 * What the gradient of an operation's result is to be multiplied by elementwise before anything
 * else: the slope of its activation. A product that makes that gradient can apply it in its
 * epilogue, which saves a pass.
 */
export interface Gate {
  /** Operands of `apply` beside the gradient. */
  readonly operands: readonly Variable[];
  readonly apply: (gradient: Expr, ...operands: Expr[]) => Expr;
  /** Whether the gradient that arrives has it applied already. */
  applied: boolean;
}

/** Lets whoever makes the gradient of `output` apply this. */
export function setGate(
  output: Variable,
  operands: readonly Variable[],
  apply: Gate["apply"],
): void {
  if (output.node !== undefined) output.node.gate = { operands, apply, applied: false };
}

/** The gradient of a result with its gate applied, by whoever made it or here. */
export function throughGate({ node }: Variable, gradient: Variable): Variable {
  const gate = node?.gate;
  if (gate === undefined) return gradient;
  if (gate.applied) {
    gate.applied = false;
    return gradient;
  }
  return map([gradient, ...gate.operands], gate.apply);
}
