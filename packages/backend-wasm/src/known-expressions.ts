import { type Expr, expr } from "@blk/core";
import { costOf } from "./kernels/cost.js";
import { usedInputs } from "./kernels/map.js";

/** What is known of an expression. */
export interface KnownExpression {
  /** Equal for equal trees. */
  readonly key: string;
  /** The operands that it reads. */
  readonly used: readonly number[];
  /** About how long one thread takes for an element. */
  readonly nanoseconds: number;
  /** Names of kernels that compute it, by what they do and how their operands lie. */
  readonly names: Map<string, string>;
}

/**
 * The expressions of one backend, by identity: calls come again and again with the same tree, and
 * must not derive its key each time.
 */
export class KnownExpressions {
  private readonly known = new WeakMap<Expr, KnownExpression>();

  of(expression: Expr): KnownExpression {
    let known = this.known.get(expression);
    if (known === undefined) {
      known = {
        key: expr.key(expression),
        used: usedInputs([expression]),
        nanoseconds: costOf([expression]).nanoseconds,
        names: new Map(),
      };
      this.known.set(expression, known);
    }
    return known;
  }
}
