import type { Expr } from "./expression.js";
import { argumentsOf } from "./expression.js";

/** A step of a schedule: a node and the numbers of the earlier steps that are its arguments. */
export interface Step {
  readonly node: Expr;
  readonly arguments: readonly number[];
}

/**
 * The distinct nodes of an expression, arguments first, the root last. Equal subtrees are one
 * step, so shared work (a derivative repeats much of its function) is done once.
 *
 * Each node is visited once however often it is shared.
 */
export function schedule(expr: Expr): readonly Step[] {
  return scheduleAll([expr]).steps;
}

/**
 * {@link schedule} of several expressions: what they share is one step. `results` are the numbers
 * of their roots.
 */
export function scheduleAll(exprs: readonly Expr[]): {
  readonly steps: readonly Step[];
  readonly results: readonly number[];
} {
  const steps: Step[] = [];
  const numbered = new Map<Expr, number>();
  const byLabel = new Map<string, number>();
  const visit = (node: Expr): number => {
    const known = numbered.get(node);
    if (known !== undefined) return known;
    const args = argumentsOf(node).map(visit);
    const label = stepLabel({ node, arguments: args });
    let number = byLabel.get(label);
    if (number === undefined) {
      number = steps.push({ node, arguments: args }) - 1;
      byLabel.set(label, number);
    }
    numbered.set(node, number);
    return number;
  };
  return { results: exprs.map(visit), steps };
}

/** A text that is equal exactly for equal trees: the key of a cache of kernels. */
export function exprKey(expr: Expr): string {
  return schedule(expr).map(stepLabel).join(";");
}

/** Whether two expressions are the same tree. */
export function sameExpr(x: Expr, y: Expr): boolean {
  return x === y || exprKey(x) === exprKey(y);
}

/** One more than the largest operand index that occurs: how many operands an expression takes. */
export function inputCount(expr: Expr): number {
  return schedule(expr).reduce(
    (count, { node }) => (node.kind === "input" ? Math.max(count, node.index + 1) : count),
    0,
  );
}

function stepLabel({ node, arguments: args }: Step): string {
  switch (node.kind) {
    case "input":
      return `x${node.index}`;
    case "constant":
      return Object.is(node.value, -0) ? "-0" : String(node.value);
    case "unary":
    case "binary":
      return `${node.op}(${args.join()})`;
    case "select":
      return `select(${args.join()})`;
  }
}
