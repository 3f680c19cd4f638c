import { describeValue } from "../dtype.js";
import { BlkError } from "../errors.js";
import type { BinaryOp, Expr, UnaryOp } from "./expression.js";

/** What the builders take: a number stands for a constant. */
export type Operand = Expr | number;

/** The `index`-th operand of the operation that applies the expression; 0 is the first. */
export function input(index: number): Expr {
  if (!Number.isInteger(index) || index < 0) {
    throw new BlkError(
      "ARGUMENT",
      `input: expected an operand's index 0, 1, 2, …, got ${describeValue(index)}`,
    );
  }
  return { kind: "input", index };
}

/** A number. */
export function constant(value: number): Expr {
  if (typeof value !== "number") {
    throw new BlkError("ARGUMENT", `constant: expected a number, got ${describeValue(value)}`);
  }
  return { kind: "constant", value };
}

/** Turns a number into a constant and checks that anything else is an expression. */
export function asExpr(operand: Operand): Expr {
  if (typeof operand === "number") return constant(operand);
  if (typeof operand === "object" && operand !== null && "kind" in operand) {
    if (kinds.has(operand.kind)) return operand;
  }
  throw new BlkError(
    "ARGUMENT",
    `expected an expression or a number, got ${described(operand)}; build expressions with expr.input, expr.add, …`,
  );
}

const kinds: ReadonlySet<unknown> = new Set<Expr["kind"]>([
  "input",
  "constant",
  "unary",
  "binary",
  "select",
]);

function described(value: unknown): string {
  const isObject = typeof value === "object" && value !== null && "kind" in value;
  return isObject ? `an object of kind ${describeValue(value.kind)}` : describeValue(value);
}

/** Makes a unary node. */
export function unary(op: UnaryOp, x: Operand): Expr {
  return { kind: "unary", op, x: asExpr(x) };
}

/** Makes a binary node. */
export function binary(op: BinaryOp, x: Operand, y: Operand): Expr {
  return { kind: "binary", op, x: asExpr(x), y: asExpr(y) };
}

/** −x */
export function neg(x: Operand): Expr {
  return unary("neg", x);
}
/** |x| */
export function abs(x: Operand): Expr {
  return unary("abs", x);
}
/** eˣ */
export function exp(x: Operand): Expr {
  return unary("exp", x);
}
/** ln x */
export function log(x: Operand): Expr {
  return unary("log", x);
}
/** √x */
export function sqrt(x: Operand): Expr {
  return unary("sqrt", x);
}
/** tanh x */
export function tanh(x: Operand): Expr {
  return unary("tanh", x);
}
/** The error function 2/√π ∫₀ˣ exp(−t²) dt */
export function erf(x: Operand): Expr {
  return unary("erf", x);
}
/** The largest integer ≤ x */
export function floor(x: Operand): Expr {
  return unary("floor", x);
}
/** x + y */
export function add(x: Operand, y: Operand): Expr {
  return binary("add", x, y);
}
/** x − y */
export function sub(x: Operand, y: Operand): Expr {
  return binary("sub", x, y);
}
/** x · y */
export function mul(x: Operand, y: Operand): Expr {
  return binary("mul", x, y);
}
/** x / y */
export function div(x: Operand, y: Operand): Expr {
  return binary("div", x, y);
}
/** The larger of x and y; NaN if either is */
export function max(x: Operand, y: Operand): Expr {
  return binary("max", x, y);
}
/** The smaller of x and y; NaN if either is */
export function min(x: Operand, y: Operand): Expr {
  return binary("min", x, y);
}
/** x to the power of y */
export function pow(x: Operand, y: Operand): Expr {
  return binary("pow", x, y);
}
/** 1 where x < y, else 0 */
export function less(x: Operand, y: Operand): Expr {
  return binary("less", x, y);
}
/** 1 where x = y, else 0 */
export function equal(x: Operand, y: Operand): Expr {
  return binary("equal", x, y);
}
/** `whenFalse` where the condition is 0, else `whenTrue` */
export function select(condition: Operand, whenTrue: Operand, whenFalse: Operand): Expr {
  return {
    kind: "select",
    condition: asExpr(condition),
    whenTrue: asExpr(whenTrue),
    whenFalse: asExpr(whenFalse),
  };
}
