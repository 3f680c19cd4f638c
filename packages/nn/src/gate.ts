import type { Expr } from "@blk/core";
import type { Variable } from "./variable.js";

/**
 * What the gradient of an operation's result is to be multiplied by elementwise before anything
 * else: the slope of its activation. A product that makes that gradient can apply it in its
 * epilogue, which saves a pass.
 */
export interface Gate {
  /** Operand of `apply` beside the gradient, of the same shape. */
  readonly operand: Variable;
  readonly apply: (gradient: Expr, operand: Expr) => Expr;
  /** Whether the gradient that arrives has it applied already. */
  applied: boolean;
}

/** Lets whoever makes the gradient of `output` apply this. */
export function setGate(output: Variable, operand: Variable, apply: Gate["apply"]): void {
  if (output.node !== undefined) output.node.gate = { operand, apply, applied: false };
}

/** Whether the gradient that arrived at `output` has its gate applied; asked once. */
export function takeGate({ node }: Variable): boolean {
  const gate = node?.gate;
  if (gate?.applied !== true) return false;
  gate.applied = false;
  return true;
}
