import { computeDType, type DType } from "../dtype.js";
import { BlkError } from "../errors.js";
import { erf } from "./erf.js";
import type { BinaryOp, Expr, UnaryOp } from "./expression.js";
import { fold } from "./fold.js";

/**
 * The value of an expression on the host, in double precision: the oracle that kernels are
 * compared with.
 */
export function evaluate(expr: Expr, inputs: readonly number[]): number {
  return fold<number>(expr, {
    input: (index) => inputAt(inputs, index),
    constant: (value) => value,
    unary: applyUnary,
    binary: applyBinary,
    select: (condition, whenTrue, whenFalse) => (condition !== 0 ? whenTrue : whenFalse),
  });
}

/**
 * The value of an expression on `i32`, exactly: wrapping modulo 2³². Throws `DTYPE` for a primitive
 * that is not defined there.
 */
export function evaluateInteger(expr: Expr, inputs: readonly number[]): number {
  return fold<number>(expr, {
    input: (index) => inputAt(inputs, index),
    constant: (value) => value,
    unary: (op, x) => defined(op, applyUnaryInteger(op, x)),
    binary: (op, x, y) => defined(op, applyBinaryInteger(op, x, y)),
    select: (condition, whenTrue, whenFalse) => (condition !== 0 ? whenTrue : whenFalse),
  });
}

/** The value of an expression of one operand at 0, in the arithmetic of `dtype`. */
export function valueAtZero(expr: Expr, dtype: DType): number {
  return computeDType(dtype) === "i32" ? evaluateInteger(expr, [0]) : evaluate(expr, [0]);
}

function inputAt(inputs: readonly number[], index: number): number {
  const value = inputs[index];
  if (value !== undefined) return value;
  throw new BlkError(
    "ARGUMENT",
    `evaluate: the expression reads operand ${index}, but ${inputs.length} were given`,
  );
}

function defined(op: string, value: number | undefined): number {
  if (value !== undefined) return value;
  throw new BlkError(
    "DTYPE",
    `evaluateInteger: ${op} is not defined for i32; use evaluate() for floating point`,
  );
}

/** One unary primitive in double precision. */
export function applyUnary(op: UnaryOp, x: number): number {
  switch (op) {
    case "neg":
      return -x;
    case "abs":
      return Math.abs(x);
    case "exp":
      return Math.exp(x);
    case "log":
      return Math.log(x);
    case "sqrt":
      return Math.sqrt(x);
    case "tanh":
      return Math.tanh(x);
    case "erf":
      return erf(x);
    case "floor":
      return Math.floor(x);
  }
}

/** One binary primitive in double precision. */
export function applyBinary(op: BinaryOp, x: number, y: number): number {
  switch (op) {
    case "add":
      return x + y;
    case "sub":
      return x - y;
    case "mul":
      return x * y;
    case "div":
      return x / y;
    case "max":
      return Math.max(x, y);
    case "min":
      return Math.min(x, y);
    case "pow":
      return x ** y;
    case "less":
      return x < y ? 1 : 0;
    case "equal":
      return x === y ? 1 : 0;
  }
}

/** One unary primitive on `i32`; `undefined` for those that are not defined there. */
export function applyUnaryInteger(op: UnaryOp, x: number): number | undefined {
  switch (op) {
    case "neg":
      return -x | 0;
    case "abs":
      return Math.abs(x) | 0;
    case "floor":
      return x;
    default:
      return undefined;
  }
}

/** One binary primitive on `i32`, wrapping modulo 2³²; `undefined` for those not defined there. */
export function applyBinaryInteger(op: BinaryOp, x: number, y: number): number | undefined {
  switch (op) {
    case "add":
      return (x + y) | 0;
    case "sub":
      return (x - y) | 0;
    case "mul":
      return Math.imul(x, y);
    case "max":
    case "min":
    case "less":
    case "equal":
      return applyBinary(op, x, y);
    default:
      return undefined;
  }
}
