import type { Expr } from "@blk/core";
import type { Want } from "./tape-node.js";
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

/**
 * The gate of a dense variable whose whole gradient somebody is about to make, who then must apply
 * it; `undefined` where there is none to apply.
 */
export function claimGate({ node, value }: Variable, want: Want | undefined): Gate | undefined {
  const gate = node?.gate;
  if (want !== "only" || gate === undefined) return undefined;
  if (value.isSparse || gate.operand.value.isSparse) return undefined;
  gate.applied = true;
  return gate;
}

/** Whether the gradient that arrived at `output` has its gate applied; asked once. */
export function takeGate({ node }: Variable): boolean {
  const gate = node?.gate;
  if (gate?.applied !== true) return false;
  gate.applied = false;
  return true;
}
