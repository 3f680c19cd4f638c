import { constant, div, equal, exp, less, log, mul, neg, pow, select, sub } from "./build.js";
import type { BinaryExpr, Expr, UnaryExpr } from "./expression.js";
import { schedule } from "./schedule.js";
import { isZero, simplerBinary, simplerSelect, simplify } from "./simplify.js";

/**
 * The derivative of an expression by one of its operands, again an expression.
 *
 * At a kink the derivative is one of the two one-sided ones, and the same one for all functions of
 * one variable, so that a smooth function composed of them (`sigmoid`, `softplus`) has its true
 * derivative there: `abs` has 1 at 0, `max(x, y)` and `min(x, y)` take that of `x` where x = y.
 * `floor`, `less` and `equal` have the derivative 0, and so has the condition of a `select`.
 */
export function differentiate(expr: Expr, operand = 0): Expr {
  const derivatives: Expr[] = [];
  for (const { node, arguments: args } of schedule(expr)) {
    const d = (position: number): Expr => derivatives[args[position] as number] as Expr;
    switch (node.kind) {
      case "input":
        derivatives.push(constant(node.index === operand ? 1 : 0));
        break;
      case "constant":
        derivatives.push(constant(0));
        break;
      case "unary":
        derivatives.push(times(d(0), () => unaryDerivative(node)));
        break;
      case "binary":
        derivatives.push(binaryDerivative(node, d(0), d(1)));
        break;
      case "select":
        derivatives.push(simplerSelect(node.condition, d(1), d(2)));
        break;
    }
  }
  return simplify(derivatives[derivatives.length - 1] as Expr);
}

/**
 * The chain rule's dx · f′. Where either is identically zero so is the product, even where the other
 * is infinite: floor(√x) is flat at 0 too, though √x is not.
 */
function times(dx: Expr, factor: () => Expr): Expr {
  if (isZero(dx)) return dx;
  const slope = factor();
  return isZero(slope) ? constant(0) : simplerBinary("mul", dx, slope);
}

function plus(x: Expr, y: Expr): Expr {
  return simplerBinary("add", x, y);
}

function unaryDerivative(node: UnaryExpr): Expr {
  const { op, x } = node;
  switch (op) {
    case "neg":
      return constant(-1);
    case "abs":
      return select(less(x, 0), -1, 1);
    case "exp":
      return node;
    case "log":
      return div(1, x);
    case "sqrt":
      return div(0.5, node);
    case "tanh":
      return sub(1, mul(node, node));
    case "erf":
      return mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))));
    case "floor":
      return constant(0);
  }
}

function binaryDerivative(node: BinaryExpr, dx: Expr, dy: Expr): Expr {
  const { op, x, y } = node;
  switch (op) {
    case "add":
      return plus(dx, dy);
    case "sub":
      return simplerBinary("sub", dx, dy);
    case "mul":
      return plus(
        times(dx, () => y),
        times(dy, () => x),
      );
    case "div":
      return plus(
        times(dx, () => div(1, y)),
        times(dy, () => neg(div(node, y))),
      );
    case "max":
      return simplerSelect(less(x, y), dy, dx);
    case "min":
      return simplerSelect(less(y, x), dy, dx);
    case "pow":
      return plus(
        times(dx, () => powerDerivative(x, y)),
        // The limit of xʸ·ln x for x → 0 and y > 0 is 0, where the formula gives 0·(−∞).
        times(dy, () => select(equal(node, 0), 0, mul(node, log(x)))),
      );
    case "less":
    case "equal":
      return constant(0);
  }
}

/** d xʸ / dx = y·xʸ⁻¹; a constant power of 0 has no slope, even at x = 0. */
function powerDerivative(x: Expr, y: Expr): Expr {
  return isZero(y) ? y : mul(y, pow(x, y.kind === "constant" ? y.value - 1 : sub(y, 1)));
}
