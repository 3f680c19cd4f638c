import { type Expr, expr } from "@blk/core";

/** The keys of the expressions of one backend, by identity: calls come again with the same tree. */
export class KnownExpressions {
  private readonly keys = new WeakMap<Expr, string>();

  /** Equal for equal trees. */
  keyOf(expression: Expr): string {
    let key = this.keys.get(expression);
    if (key === undefined) {
      key = expr.key(expression);
      this.keys.set(expression, key);
    }
    return key;
  }
}
