import { type BinaryOp, BlkError, type Expr, expr, type UnaryOp } from "@blk/core";
import { type FunctionBuilder, i32x4, type Local, v128 } from "../assembler/index.js";
import type { ComputeType } from "./arithmetic.js";
import { errorFunction } from "./error-function.js";
import { exponential } from "./exponential.js";
import { hyperbolicTangent } from "./hyperbolic-tangent.js";
import { logarithm } from "./logarithm.js";
import { power } from "./power.js";
import { type FloatType, splat, type Vector, vectorsOf } from "./vector.js";

/**
 * The value of an expression in every lane, by code that is appended to `f`: equal parts are
 * computed once. `input` gives the operands; it is asked once for each that occurs.
 *
 * | primitive | f32, f64 | i32 |
 * |---|---|---|
 * | add sub mul div sqrt neg abs floor | the instruction, rounded to nearest | modulo 2³²; no div, sqrt |
 * | max min | NaN if either is NaN; −0 < 0 | with sign |
 * | exp log tanh erf pow | the functions of this folder | not defined |
 * | less equal | 1 or 0 | 1 or 0 |
 * | select(c, a, b) | b where c = 0, else a | likewise |
 *
 * Throws `DTYPE` for a primitive or a constant that i32 does not have.
 */
export function expressionVector(
  f: FunctionBuilder,
  type: ComputeType,
  expression: Expr,
  input: (index: number) => Local<"v128">,
): Local<"v128"> {
  const steps = expr.schedule(expression);
  const values: Vector[] = [];
  /** The results of comparisons as masks: all bits of a lane, or none. */
  const masks = new Map<number, Local<"v128">>();

  const numberOf = (step: number): Vector => {
    const known = values[step];
    if (known !== undefined) return known;
    const number = f.hold(v128.and(masks.get(step)!, constant(f, type, 1)));
    values[step] = number;
    return number;
  };

  const isConstant = (step: number): boolean => steps[step]!.node.kind === "constant";

  const compute = ({ node, arguments: args }: expr.Step): Vector => {
    const [x = 0, y = 0, z = 0] = args;
    switch (node.kind) {
      case "input":
        return input(node.index);
      case "constant":
        return constant(f, type, node.value);
      case "unary":
        return f.hold(unary(f, type, node.op, numberOf(x)));
      case "binary": {
        const [left, right] = isConstant(x) && commutes(node.op) ? [y, x] : [x, y];
        const bound = steps[right]!.node;
        const fixed = bound.kind === "constant" ? bound.value : undefined;
        return f.hold(binary(f, type, node.op, numberOf(left), numberOf(right), fixed));
      }
      case "select": {
        const mask = masks.get(x);
        if (mask !== undefined) return f.hold(v128.bitselect(numberOf(y), numberOf(z), mask));
        const { eq } = type === "i32" ? i32x4 : vectorsOf(type);
        const isZero = eq(numberOf(x), constant(f, type, 0));
        return f.hold(v128.bitselect(numberOf(z), numberOf(y), isZero));
      }
    }
  };

  steps.forEach((step, number) => {
    const { node, arguments: args } = step;
    if (node.kind === "binary" && (node.op === "less" || node.op === "equal")) {
      const [x = 0, y = 0] = args;
      masks.set(number, f.hold(compare(type, node.op, numberOf(x), numberOf(y))));
    } else {
      values[number] = compute(step);
    }
  });
  return f.hold(numberOf(steps.length - 1));
}

function constant(f: FunctionBuilder, type: ComputeType, value: number): Vector {
  if (type !== "i32") return f.constant(splat(type, value));
  if (Number.isInteger(value)) return f.constant(i32x4.splat(value | 0));
  throw new BlkError(
    "DTYPE",
    `the constant ${value} is no i32; round it, or compute in f32 or f64`,
    { details: { value } },
  );
}

function unary(f: FunctionBuilder, type: ComputeType, op: UnaryOp, x: Vector): Vector {
  if (type === "i32") {
    switch (op) {
      case "neg":
      case "abs":
        return i32x4[op](x);
      case "floor":
        return x;
      default:
        return undefinedOnIntegers(op);
    }
  }
  switch (op) {
    case "neg":
    case "abs":
    case "sqrt":
    case "floor":
      return vectorsOf(type)[op](x);
    case "exp":
      return exponential(f, type, x);
    case "log":
      return logarithm(f, type, x);
    case "tanh":
      return hyperbolicTangent(f, type, x);
    case "erf":
      return errorFunction(f, type, x);
  }
}

/** `fixed` is the value of y where it is a constant. */
function binary(
  f: FunctionBuilder,
  type: ComputeType,
  op: BinaryOp,
  x: Vector,
  y: Vector,
  fixed: number | undefined,
): Vector {
  if (type === "i32") {
    switch (op) {
      case "add":
      case "sub":
      case "mul":
        return i32x4[op](x, y);
      case "max":
        return i32x4.maxS(x, y);
      case "min":
        return i32x4.minS(x, y);
      default:
        return undefinedOnIntegers(op);
    }
  }
  switch (op) {
    case "max":
    case "min":
      return extreme(type, op, x, y, fixed);
    case "pow":
      return power(f, type, x, y);
    case "less":
    case "equal":
      return compare(type, op, x, y);
    default:
      return vectorsOf(type)[op](x, y);
  }
}

/** Whether x op y is y op x, to the last bit. */
function commutes(op: BinaryOp): boolean {
  return op === "max" || op === "min";
}

/**
 * Engines need many instructions for max and min where both may be NaN or zeros of either sign.
 * Beside a constant the quick forms will do, which give x where neither is greater.
 */
function extreme(
  type: FloatType,
  op: "max" | "min",
  x: Vector,
  y: Vector,
  fixed: number | undefined,
): Vector {
  const { max, min, pmax, pmin, add } = vectorsOf(type);
  if (fixed === undefined || Number.isNaN(fixed)) return op === "max" ? max(x, y) : min(x, y);
  if (op === "min") return Object.is(fixed, -0) ? min(x, y) : pmin(x, y);
  // Adding 0 makes −0, which is not less than 0, a 0.
  return Object.is(fixed, 0) ? add(pmax(x, y), y) : pmax(x, y);
}

function compare(type: ComputeType, op: "less" | "equal", x: Vector, y: Vector): Vector {
  if (type === "i32") return op === "less" ? i32x4.ltS(x, y) : i32x4.eq(x, y);
  const { lt, eq } = vectorsOf(type);
  return op === "less" ? lt(x, y) : eq(x, y);
}

function undefinedOnIntegers(op: string): never {
  throw new BlkError(
    "DTYPE",
    `${op} is not defined on i32; convert its arguments to f32 or f64 first`,
    { details: { op } },
  );
}
