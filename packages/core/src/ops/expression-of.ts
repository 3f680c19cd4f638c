import { computeDType, type DType, describeValue } from "../dtype.js";
import { BlkError, isBlkError } from "../errors.js";
import { asExpr, input, type Operand } from "../expression/build.js";
import { type Expr, integerOps } from "../expression/expression.js";
import { formatExpr } from "../expression/format.js";
import { schedule } from "../expression/schedule.js";
import { simplify } from "../expression/simplify.js";
import { keep, recall } from "./known-expressions.js";

/** A function of elements, written with the builders of `expr`: `(x, y) => expr.max(x, y)`. */
export type ElementFunction = (...operands: Expr[]) => Operand;

/**
 * The expression that a user's function builds for `count` operands, simplified and checked for
 * arithmetic in `dtype`. Throws `DTYPE` for a primitive or constant that `i32` does not have.
 */
export function expressionOf(
  operation: string,
  fn: ElementFunction,
  count: number,
  dtype: DType,
): Expr {
  const built = build(operation, fn, count);
  const isInteger = computeDType(dtype) === "i32";
  const known = recall(built, count, isInteger);
  if (known !== undefined) return known;
  // Before it is simplified, which would fold 0.5·2 to an i32.
  if (isInteger) checkExpression(operation, built, count, dtype);
  const expr = simplify(built, dtype);
  checkExpression(operation, expr, count, dtype);
  keep(built, count, isInteger, expr);
  return expr;
}

/** Calls the function, and explains what it cannot have meant. */
function build(operation: string, fn: ElementFunction, count: number): Expr {
  if (typeof fn !== "function") {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected a function of expressions, such as (x) => expr.max(x, 0), got ${describeValue(fn)}`,
    );
  }
  const inputs: Expr[] = [];
  for (let i = 0; i < count; i++) inputs.push(input(i));
  let expression: Expr;
  try {
    const built = fn(...inputs);
    if (typeof built !== "number" && !(typeof built === "object" && built !== null)) {
      throw new BlkError(
        "ARGUMENT",
        `the function gave ${describeValue(built)}; return an expression built with expr.add, expr.mul, …, or a number`,
      );
    }
    expression = asExpr(built);
  } catch (error) {
    if (fn.length > count) {
      throw new BlkError(
        "ARGUMENT",
        `${operation}: the function takes ${fn.length} operands, but there are ${count}: operand ${count} is missing; pass another matrix or write a function of fewer`,
        { cause: error },
      );
    }
    if (error instanceof TypeError) {
      throw new BlkError(
        "ARGUMENT",
        `${operation}: the function cannot be built from expressions (${error.message}); pass a function of expressions, such as (x) => expr.max(x, 0)`,
        { cause: error },
      );
    }
    if (!isBlkError(error)) throw error;
    throw new BlkError(error.code, `${operation}: ${error.message}`, { cause: error });
  }
  const isNaNConstant = expression.kind === "constant" && Number.isNaN(expression.value);
  if (isNaNConstant && count > 0) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: the function computed NaN from expressions; build with expr.mul, expr.exp, … instead of * and Math.exp`,
    );
  }
  return expression;
}

/** Throws unless `expr` reads only existing operands and is defined in `dtype`. */
export function checkExpression(operation: string, expr: Expr, count: number, dtype: DType): void {
  const isInteger = computeDType(dtype) === "i32";
  for (const { node } of schedule(expr)) {
    if (node.kind === "input" && node.index >= count) {
      throw new BlkError(
        "ARGUMENT",
        `${operation}: the expression ${formatExpr(expr)} reads operand ${node.index}, but there are ${count}`,
      );
    }
    if (!isInteger) continue;
    if ((node.kind === "unary" || node.kind === "binary") && !integerOps.has(node.op)) {
      throw new BlkError(
        "DTYPE",
        `${operation}: ${node.op} is not defined for i32 in ${formatExpr(expr)}; cast the operands to f32 or f64 first`,
      );
    }
    if (node.kind === "constant" && (node.value | 0) !== node.value) {
      throw new BlkError(
        "DTYPE",
        `${operation}: the constant ${node.value} in ${formatExpr(expr)} is not an i32; cast the operands to f32 or f64 first`,
      );
    }
  }
}
