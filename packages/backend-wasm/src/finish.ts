import { BlkError, type Expr, expr, type ProductOptions } from "@blk/core";
import type { ComputeType } from "./kernels/arithmetic.js";

/** Which operands the finishing of a product has after the sums: scalars, the old result, operands. */
export interface Finish {
  readonly hasAlpha: boolean;
  readonly hasBeta: boolean;
  /**
   * `E(alpha · sums + beta · c)` with the sums as input 0, then, where they are there, alpha, beta
   * and c, and then the operands of the epilogue. Absent: the sums are the result.
   */
  readonly expression: Expr | undefined;
}

/**
 * Finishing expressions by epilogue. Scalars are operands and not constants, so that an alpha that
 * changes from call to call needs no new kernel.
 */
export class Finishes {
  private readonly byEpilogue = new WeakMap<Expr, Map<string, Finish>>();
  /** The sums themselves. */
  readonly plain: Expr = expr.input(0);

  /** Throws `DTYPE` where alpha or beta is no integer and the arithmetic is i32. */
  of(type: ComputeType, { alpha = 1, beta = 0, epilogue }: ProductOptions): Finish {
    if (type === "i32" && !(Number.isInteger(alpha) && Number.isInteger(beta))) {
      throw new BlkError(
        "DTYPE",
        `multiply: alpha and beta must be integers for i32, got ${alpha} and ${beta}`,
      );
    }
    const key = `${alpha !== 1}${beta !== 0}`;
    const owner = epilogue ?? this.plain;
    let forms = this.byEpilogue.get(owner);
    if (forms === undefined) {
      forms = new Map();
      this.byEpilogue.set(owner, forms);
    }
    let finish = forms.get(key);
    if (finish === undefined) {
      finish = build(alpha !== 1, beta !== 0, epilogue);
      forms.set(key, finish);
    }
    return finish;
  }
}

function build(hasAlpha: boolean, hasBeta: boolean, epilogue: Expr | undefined): Finish {
  if (!hasAlpha && !hasBeta && epilogue === undefined) {
    return { hasAlpha, hasBeta, expression: undefined };
  }
  let inputs = 1;
  let product: Expr = expr.input(0);
  if (hasAlpha) product = expr.mul(expr.input(inputs++), product);
  if (hasBeta) {
    const beta = expr.input(inputs++);
    product = expr.add(product, expr.mul(beta, expr.input(inputs++)));
  }
  const replace = (index: number): Expr => (index === 0 ? product : expr.input(inputs + index - 1));
  const expression = epilogue === undefined ? product : withInputs(epilogue, replace);
  return { hasAlpha, hasBeta, expression };
}

/** The same tree with other inputs; nothing is folded, because i32 wraps where doubles do not. */
function withInputs(root: Expr, replace: (index: number) => Expr): Expr {
  return expr.fold<Expr>(root, {
    input: replace,
    constant: (value) => ({ kind: "constant", value }),
    unary: (op, x) => ({ kind: "unary", op, x }),
    binary: (op, x, y) => ({ kind: "binary", op, x, y }),
    select: (condition, whenTrue, whenFalse) => ({
      kind: "select",
      condition,
      whenTrue,
      whenFalse,
    }),
  });
}
