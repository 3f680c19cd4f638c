/**
 * Elementwise expressions: small immutable trees, as plain data. From one definition come its
 * value on the host, the fused kernels of every backend, and its derivative.
 *
 * | primitive | meaning | error of a kernel |
 * |---|---|---|
 * | `input(i)` | the i-th operand | |
 * | `neg abs floor` | of one argument | none |
 * | `sqrt` | of one argument | 2½ ulp |
 * | `exp log tanh erf` | of one argument | 4 ulp |
 * | `add sub mul` | IEEE 754 | ½ ulp |
 * | `div` | IEEE 754 | 2½ ulp |
 * | `max min` | NaN if either is NaN; max(−0, 0) = 0 | none |
 * | `pow` | as ECMAScript's `**` (1 to the power of NaN or ±∞ is NaN) | 8 ulp |
 * | `less equal` | 1 where true, else 0; false for NaN | none |
 * | `select(c, a, b)` | `b` where c = 0, else `a` (so `a` for NaN) | none |
 *
 * On `i32`, only `neg abs floor add sub mul max min less equal select` and integer constants are
 * defined; they wrap modulo 2³².
 */
export type Expr = InputExpr | ConstantExpr | UnaryExpr | BinaryExpr | SelectExpr;

export interface InputExpr {
  readonly kind: "input";
  readonly index: number;
}
export interface ConstantExpr {
  readonly kind: "constant";
  readonly value: number;
}
export interface UnaryExpr {
  readonly kind: "unary";
  readonly op: UnaryOp;
  readonly x: Expr;
}
export interface BinaryExpr {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly x: Expr;
  readonly y: Expr;
}
export interface SelectExpr {
  readonly kind: "select";
  readonly condition: Expr;
  readonly whenTrue: Expr;
  readonly whenFalse: Expr;
}

export type UnaryOp = "neg" | "abs" | "exp" | "log" | "sqrt" | "tanh" | "erf" | "floor";
export type BinaryOp = "add" | "sub" | "mul" | "div" | "max" | "min" | "pow" | "less" | "equal";

/** The unary primitives. */
export const unaryOps: readonly UnaryOp[] = [
  "neg",
  "abs",
  "exp",
  "log",
  "sqrt",
  "tanh",
  "erf",
  "floor",
];
/** The binary primitives. */
export const binaryOps: readonly BinaryOp[] = [
  "add",
  "sub",
  "mul",
  "div",
  "max",
  "min",
  "pow",
  "less",
  "equal",
];
/** The primitives that are defined on `i32`. */
export const integerOps: ReadonlySet<UnaryOp | BinaryOp> = new Set<UnaryOp | BinaryOp>([
  "neg",
  "abs",
  "floor",
  "add",
  "sub",
  "mul",
  "max",
  "min",
  "less",
  "equal",
]);

/** The arguments of a node: none for inputs and constants. */
export function argumentsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "input":
    case "constant":
      return [];
    case "unary":
      return [expr.x];
    case "binary":
      return [expr.x, expr.y];
    case "select":
      return [expr.condition, expr.whenTrue, expr.whenFalse];
  }
}
