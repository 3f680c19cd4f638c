import { computeDType, type DType } from "../dtype.js";
import { binary, constant, select, unary } from "./build.js";
import { applyBinary, applyBinaryInteger, applyUnary, applyUnaryInteger } from "./evaluate.js";
import type { BinaryOp, Expr, UnaryOp } from "./expression.js";
import { sameExpr, schedule } from "./schedule.js";

/**
 * The same function in fewer steps: constants folded, neutral elements dropped, branches with a
 * known condition taken. The value is kept for every input, NaN and infinities included, but for the
 * sign of a zero: x + 0 becomes x and 0 − x becomes −x, which at x = −0 and x = +0 are −0 where the
 * sum and the difference are +0. What reads that sign, a division or a power, follows it:
 * 1/(x + 0) at x = −0 is −∞ and no longer ∞.
 *
 * `dtype` is the type of the arithmetic: constants of `i32` wrap modulo 2³², all others are folded
 * in double precision.
 */
export function simplify(expr: Expr, dtype: DType = "f64"): Expr {
  return rewrite(expr, (node) => node, foldingOf(dtype));
}

/**
 * The expression with the given operands absent, that is structurally zero: unlike a zero that was
 * computed, an absent block annihilates whatever it multiplies. `dtype` as for {@link simplify}.
 */
export function withAbsent(
  expr: Expr,
  absent: (index: number) => boolean,
  dtype: DType = "f64",
): Expr {
  const zero = constant(0);
  const leaf = (n: Expr): Expr => (n.kind === "input" && absent(n.index) ? zero : n);
  return rewrite(expr, leaf, foldingOf(dtype), true);
}

/**
 * The expression with its operands replaced: `replace(i)` stands for `input(i)`. `dtype` as for
 * {@link simplify}.
 */
export function substitute(
  expr: Expr,
  replace: (index: number) => Expr,
  dtype: DType = "f64",
): Expr {
  const leaf = (node: Expr): Expr => (node.kind === "input" ? replace(node.index) : node);
  return rewrite(expr, leaf, foldingOf(dtype));
}

/** Whether the expression is the constant 0. */
export function isZero(expr: Expr): boolean {
  return isConstant(expr, 0);
}

/** The primitives on constants; `undefined` for one that the type does not have. */
interface Folding {
  unary(op: UnaryOp, x: number): number | undefined;
  binary(op: BinaryOp, x: number, y: number): number | undefined;
}

const inDouble: Folding = { unary: applyUnary, binary: applyBinary };
const onIntegers: Folding = { unary: applyUnaryInteger, binary: applyBinaryInteger };

function foldingOf(dtype: DType): Folding {
  return computeDType(dtype) === "i32" ? onIntegers : inDouble;
}

/** Rebuilds a tree bottom-up; `annihilate`: 0·x is 0 whatever x may be. */
function rewrite(
  expr: Expr,
  leaf: (node: Expr) => Expr,
  folding: Folding,
  annihilate = false,
): Expr {
  const rebuilt: Expr[] = [];
  for (const { node, arguments: args } of schedule(expr)) {
    const at = (position: number): Expr => rebuilt[args[position] as number] as Expr;
    switch (node.kind) {
      case "input":
      case "constant":
        rebuilt.push(leaf(node));
        break;
      case "unary":
        rebuilt.push(simplerUnary(node.op, at(0), folding));
        break;
      case "binary":
        rebuilt.push(simplerBinary(node.op, at(0), at(1), folding, annihilate));
        break;
      case "select":
        rebuilt.push(simplerSelect(at(0), at(1), at(2)));
        break;
    }
  }
  return rebuilt[rebuilt.length - 1] as Expr;
}

/** A unary node, or something simpler of the same value. */
function simplerUnary(op: UnaryOp, x: Expr, folding: Folding): Expr {
  if (x.kind === "constant") {
    const value = folding.unary(op, x.value);
    if (value !== undefined) return constant(value);
  }
  if (x.kind === "unary") {
    if (op === "neg" && x.op === "neg") return x.x;
    if (op === "abs" && (x.op === "abs" || x.op === "exp" || x.op === "sqrt")) return x;
    if (op === "abs" && x.op === "neg") return unary("abs", x.x);
    if (op === "floor" && x.op === "floor") return x;
  }
  return unary(op, x);
}

/**
 * A binary node, or something simpler of the same value; with `annihilate`, a constant zero is a
 * structural one: 0·x = x·0 = 0/x = 0.
 */
export function simplerBinary(
  op: BinaryOp,
  x: Expr,
  y: Expr,
  folding: Folding = inDouble,
  annihilate = false,
): Expr {
  if (annihilate) {
    if (op === "mul" && (isZero(x) || isZero(y))) return constant(0);
    if (op === "div" && isZero(x)) return constant(0);
  }
  if (x.kind === "constant" && y.kind === "constant") {
    const value = folding.binary(op, x.value, y.value);
    if (value !== undefined) return constant(value);
  }
  switch (op) {
    case "add":
      if (isZero(x)) return y;
      if (isZero(y)) return x;
      if (isNegation(y)) return simplerBinary("sub", x, y.x, folding, annihilate);
      break;
    case "sub":
      if (isZero(y)) return x;
      if (isZero(x)) return simplerUnary("neg", y, folding);
      if (isNegation(y)) return simplerBinary("add", x, y.x, folding, annihilate);
      break;
    case "mul":
      return simplerProduct(x, y, folding) ?? binary(op, x, y);
    case "div":
      if (isConstant(y, 1)) return x;
      if (isConstant(y, -1)) return simplerUnary("neg", x, folding);
      break;
    case "pow":
      if (isConstant(y, 1)) return x;
      if (isConstant(y, 2)) return binary("mul", x, x);
      break;
    case "max":
    case "min":
      if (sameExpr(x, y)) return x;
      break;
    default:
      break;
  }
  return binary(op, x, y);
}

/** A choice, or the branch that is always taken. */
export function simplerSelect(condition: Expr, whenTrue: Expr, whenFalse: Expr): Expr {
  if (condition.kind === "constant") return condition.value !== 0 ? whenTrue : whenFalse;
  if (sameExpr(whenTrue, whenFalse)) return whenTrue;
  return select(condition, whenTrue, whenFalse);
}

function simplerProduct(x: Expr, y: Expr, folding: Folding): Expr | undefined {
  if (isConstant(x, 1)) return y;
  if (isConstant(y, 1)) return x;
  if (isConstant(x, -1)) return simplerUnary("neg", y, folding);
  if (isConstant(y, -1)) return simplerUnary("neg", x, folding);
  if (isNegation(x) && isNegation(y)) return binary("mul", x.x, y.x);
  return undefined;
}

function isConstant(expr: Expr, value: number): boolean {
  return expr.kind === "constant" && expr.value === value;
}

function isNegation(expr: Expr): expr is Extract<Expr, { kind: "unary" }> {
  return expr.kind === "unary" && expr.op === "neg";
}
