import { type Expr, expr } from "@blk/core";

/**
 * An expression, or several that are computed together, as kernels see it. Constants are parameters
 * of a launch: compiling is slow, and expressions that differ in their constants alone share kernels.
 */
export interface KnownExpression {
  /** Equal for trees that are equal but for the values of their constants. */
  readonly key: string;
  readonly steps: readonly expr.Step[];
  /** The steps that are results. */
  readonly results: readonly number[];
  /** The operands that occur, ascending. */
  readonly inputs: readonly number[];
  /** The distinct constants, in the order of the steps. */
  readonly constants: readonly number[];
}

/** The expressions of one backend, by identity: calls come again with the same tree. */
export class KnownExpressions {
  private readonly known = new WeakMap<Expr, KnownExpression>();

  of(expression: Expr): KnownExpression {
    let known = this.known.get(expression);
    if (known === undefined) {
      known = describe([expression]);
      this.known.set(expression, known);
    }
    return known;
  }

  /** Several as one. */
  ofAll(expressions: readonly Expr[]): KnownExpression {
    return expressions.length === 1 ? this.of(expressions[0]!) : describe(expressions);
  }
}

function describe(expressions: readonly Expr[]): KnownExpression {
  const { steps, results } = expr.scheduleAll(expressions);
  const inputs = new Set<number>();
  const constants: number[] = [];
  const labels = steps.map(({ node, arguments: args }) => {
    switch (node.kind) {
      case "input":
        inputs.add(node.index);
        return `x${node.index}`;
      case "constant":
        constants.push(node.value);
        return "c";
      case "select":
        return `select(${args.join()})`;
      default:
        return `${node.op}(${args.join()})`;
    }
  });
  if (results.length > 1) labels.push(`of(${results.join()})`);
  return {
    key: labels.join(";"),
    steps,
    results,
    inputs: [...inputs].sort((x, y) => x - y),
    constants,
  };
}
