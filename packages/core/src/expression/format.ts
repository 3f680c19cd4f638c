import type { BinaryOp, Expr } from "./expression.js";

const infix: Partial<Record<BinaryOp, { readonly sign: string; readonly binding: number }>> = {
  less: { sign: "<", binding: 1 },
  equal: { sign: "=", binding: 1 },
  add: { sign: "+", binding: 2 },
  sub: { sign: "-", binding: 2 },
  mul: { sign: "*", binding: 3 },
  div: { sign: "/", binding: 3 },
  pow: { sign: "^", binding: 5 },
};

/**
 * An expression in the usual notation, with `x0`, `x1`, … for the operands: `max(x0, 0) * 2`.
 * Parentheses stand only where they are needed to read the same tree back.
 */
export function formatExpr(expr: Expr): string {
  return format(expr, 0);
}

function format(expr: Expr, surrounding: number): string {
  switch (expr.kind) {
    case "input":
      return `x${expr.index}`;
    case "constant": {
      const text = Object.is(expr.value, -0) ? "-0" : String(expr.value);
      return text.startsWith("-") ? parenthesise(text, 4, surrounding) : text;
    }
    case "unary":
      return expr.op === "neg"
        ? parenthesise(`-${format(expr.x, 5)}`, 4, surrounding)
        : `${expr.op}(${format(expr.x, 0)})`;
    case "binary": {
      const operator = infix[expr.op];
      if (operator === undefined) {
        return `${expr.op}(${format(expr.x, 0)}, ${format(expr.y, 0)})`;
      }
      // All bind to the left, so an equal binding needs parentheses on the right only.
      const { sign, binding } = operator;
      const text = `${format(expr.x, binding)} ${sign} ${format(expr.y, binding + 1)}`;
      return parenthesise(text, binding, surrounding);
    }
    case "select": {
      const parts = [expr.condition, expr.whenTrue, expr.whenFalse].map((e) => format(e, 0));
      return `select(${parts.join(", ")})`;
    }
  }
}

function parenthesise(text: string, binding: number, surrounding: number): string {
  return binding < surrounding ? `(${text})` : text;
}
