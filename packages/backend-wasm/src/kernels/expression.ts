import { type BinaryOp, BlkError, type Expr, expr, type UnaryOp } from "@blk/core";
import { type FunctionBuilder, i32x4, type Local, v128 } from "../assembler/index.js";
import type { ComputeType } from "./arithmetic.js";
import { errorFunction } from "./error-function.js";
import { exponential } from "./exponential.js";
import { hyperbolicTangent } from "./hyperbolic-tangent.js";
import { logarithm } from "./logarithm.js";
import { power } from "./power.js";
import { type FloatType, splat, type Vector, vectorsOf } from "./vector.js";

/** {@link expressionVectors} of one expression. */
export function expressionVector(
  f: FunctionBuilder,
  type: ComputeType,
  expression: Expr,
  input: (index: number) => Local<"v128">,
): Local<"v128"> {
  return expressionVectors(f, type, [expression], input)[0]!;
}

/**
 * The values of expressions in every lane, by code that is appended to `f`: equal parts are
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
export function expressionVectors(
  f: FunctionBuilder,
  type: ComputeType,
  expressions: readonly Expr[],
  input: (index: number) => Local<"v128">,
): readonly Local<"v128">[] {
  const { steps, results } = expr.scheduleAll(expressions);
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

  const operations: Operations = type === "i32" ? onIntegers : onFloats(f, type);
  const apply = (op: UnaryOp | BinaryOp, args: readonly Vector[]): Local<"v128"> => {
    const operation = operations[op] ?? undefinedOnIntegers(op);
    return f.hold(operation(args[0]!, args[1]!));
  };

  /** A maximum or minimum of floats beside a constant, if it is one. */
  const besideConstant = (op: UnaryOp | BinaryOp, args: readonly number[]): Vector | undefined => {
    if (type === "i32" || (op !== "max" && op !== "min")) return undefined;
    for (const [place, step] of args.entries()) {
      const { node } = steps[step]!;
      if (node.kind !== "constant") continue;
      return bounded(type, op, numberOf(args[1 - place]!), numberOf(step), node.value);
    }
    return undefined;
  };

  const compute = ({ node, arguments: args }: expr.Step): Vector => {
    switch (node.kind) {
      case "input":
        return input(node.index);
      case "constant":
        return constant(f, type, node.value);
      case "select": {
        const mask = masks.get(args[0]!);
        if (mask !== undefined) {
          const [yes, no] = args.slice(1).map(numberOf);
          return f.hold(v128.bitselect(yes!, no!, mask));
        }
        const [condition, yes, no] = args.map(numberOf);
        const isZero = operations.equal(condition!, constant(f, type, 0));
        return f.hold(v128.bitselect(no!, yes!, isZero));
      }
      default: {
        const value = besideConstant(node.op, args);
        return value === undefined ? apply(node.op, args.map(numberOf)) : f.hold(value);
      }
    }
  };

  steps.forEach((step, number) => {
    const { node, arguments: args } = step;
    if (node.kind === "binary" && (node.op === "less" || node.op === "equal")) {
      masks.set(number, apply(node.op, args.map(numberOf)));
    } else {
      values[number] = compute(step);
    }
  });
  return results.map((result) => f.hold(numberOf(result)));
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

type Operation = (x: Vector, y: Vector) => Vector;

const onIntegers: Operations = {
  neg: i32x4.neg,
  abs: i32x4.abs,
  floor: (x) => x,
  add: i32x4.add,
  sub: i32x4.sub,
  mul: i32x4.mul,
  max: i32x4.maxS,
  min: i32x4.minS,
  less: i32x4.ltS,
  equal: i32x4.eq,
};

type Operations = Partial<Record<UnaryOp | BinaryOp, Operation>> & { readonly equal: Operation };

function onFloats(f: FunctionBuilder, type: FloatType): Operations {
  const vectors = vectorsOf(type);
  return {
    ...vectors,
    exp: (x) => exponential(f, type, x),
    log: (x) => logarithm(f, type, x),
    tanh: (x) => hyperbolicTangent(f, type, x),
    erf: (x) => errorFunction(f, type, x),
    pow: (x, y) => power(f, type, x, y),
    less: vectors.lt,
    equal: vectors.eq,
  };
}

/**
 * The larger or smaller of x and a constant. Engines need many instructions for max and min where
 * both may be NaN or zeros of either sign. Here the quick forms will do, which give x where neither
 * is greater.
 */
function bounded(
  type: FloatType,
  op: "max" | "min",
  x: Vector,
  constant: Vector,
  value: number,
): Vector {
  const { max, min, pmax, pmin, add } = vectorsOf(type);
  if (Number.isNaN(value)) return max(x, constant);
  if (op === "min") return Object.is(value, -0) ? min(x, constant) : pmin(x, constant);
  // Adding 0 makes −0, which is not less than 0, a 0.
  return Object.is(value, 0) ? add(pmax(x, constant), constant) : pmax(x, constant);
}

function undefinedOnIntegers(op: string): never {
  throw new BlkError(
    "DTYPE",
    `${op} is not defined on i32; convert its arguments to f32 or f64 first`,
    { details: { op } },
  );
}
