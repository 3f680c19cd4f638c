import { type BinaryOp, BlkError, type expr, type UnaryOp } from "@blk/core";
import type { KnownExpression } from "../known-expressions.js";
import type { FunctionName } from "./functions.js";

/** Types of arithmetic: f16 is stored only. */
export type ComputeType = "f32" | "i32";

/** A function of WGSL, and those of `functions.ts` that it calls. */
export interface ExpressionFunction {
  readonly code: string;
  readonly uses: readonly FunctionName[];
}

/**
 * `fn name(x0: f32, x2: f32, …) -> f32`, or of i32, with a parameter for each operand that occurs,
 * ascending; of several results, `-> array<f32, n>`. Its constants are `params[constantsAt]` and on, where {@link putConstants} writes them.
 *
 * | primitive | f32 | i32 |
 * |---|---|---|
 * | add sub mul neg abs floor | the operator or builtin: exact or rounded to nearest | modulo 2³² |
 * | div | the operator, 2½ ulp | not defined |
 * | max min sqrt exp log tanh erf pow | the functions of `functions.ts` | builtin max and min |
 * | less equal | 1 or 0 | 1 or 0 |
 * | select(c, a, b) | b where c = 0, else a | likewise |
 *
 * Throws `DTYPE` for a primitive that i32 does not have.
 */
export function expressionFunction(
  name: string,
  { steps, results, inputs }: KnownExpression,
  type: ComputeType,
  constantsAt: number,
): ExpressionFunction {
  const uses = new Set<FunctionName>();
  let constants = 0;
  const lines = steps.map((step, number) => {
    const isConstant = step.node.kind === "constant";
    const value = isConstant
      ? `bitcast<${type}>(params[${constantsAt + constants++}])`
      : stepCode(step, type, uses);
    return `  let v${number} = ${value};`;
  });
  const parameters = inputs.map((index) => `x${index}: ${type}`).join(", ");
  const values = results.map((result) => `v${result}`).join(", ");
  const [returned, value] =
    results.length === 1
      ? [type, values]
      : [`array<${type}, ${results.length}>`, `array(${values})`];
  const code = [
    `fn ${name}(${parameters}) -> ${returned} {`,
    ...lines,
    `  return ${value};`,
    "}",
  ].join("\n");
  return { code, uses: [...uses] };
}

/**
 * Writes the constants of an expression into the parameters of a launch; the index after them.
 * Throws `DTYPE` for a constant that i32 does not have.
 */
export function putConstants(
  words: Int32Array,
  at: number,
  { constants }: KnownExpression,
  type: ComputeType,
): number {
  if (type === "i32") {
    for (const [i, value] of constants.entries()) words[at + i] = integer(value);
  } else {
    new Float32Array(words.buffer, words.byteOffset + 4 * at, constants.length).set(constants);
  }
  return at + constants.length;
}

function integer(value: number): number {
  if (Number.isInteger(value)) return value;
  throw new BlkError("DTYPE", `the constant ${value} is no i32; round it, or compute in f32`, {
    details: { value },
  });
}

/** WGSL of a step that is no constant. */
function stepCode({ node, arguments: args }: expr.Step, type: ComputeType, uses: Uses): string {
  const [x = "", y = "", z = ""] = args.map((number) => `v${number}`);
  switch (node.kind) {
    case "unary":
      return type === "i32" ? integerUnary(node.op, x) : floatUnary(node.op, x, uses);
    case "binary":
      return type === "i32" ? integerBinary(node.op, x, y) : floatBinary(node.op, x, y, uses);
    case "select":
      return `select(${y}, ${z}, ${x} == ${type}(0))`;
    case "input":
      return `x${node.index}`;
    default:
      throw new BlkError("INTERNAL", `no WGSL for a step of kind ${node.kind}`);
  }
}

type Uses = Set<FunctionName>;

function floatUnary(op: UnaryOp, x: string, uses: Uses): string {
  switch (op) {
    case "neg":
      return `-${x}`;
    case "abs":
    case "floor":
      return `${op}(${x})`;
    default:
      return call(uses, floatFunctions[op], x);
  }
}

function floatBinary(op: BinaryOp, x: string, y: string, uses: Uses): string {
  if (op === "max" || op === "min" || op === "pow") return call(uses, floatFunctions[op], x, y);
  return plainBinary(op, "f32", x, y);
}

const floatFunctions = {
  exp: "exponential",
  log: "logarithm",
  sqrt: "square_root",
  tanh: "hyperbolic_tangent",
  erf: "error_function",
  pow: "power",
  max: "maximum",
  min: "minimum",
} as const satisfies Record<string, FunctionName>;

function call(uses: Uses, name: FunctionName, ...args: readonly string[]): string {
  uses.add(name);
  return `${name}(${args.join(", ")})`;
}

function integerUnary(op: UnaryOp, x: string): string {
  switch (op) {
    case "neg":
      return `-${x}`;
    case "abs":
      return `abs(${x})`;
    case "floor":
      return x;
    default:
      return undefinedOnIntegers(op);
  }
}

function integerBinary(op: BinaryOp, x: string, y: string): string {
  if (op === "max" || op === "min") return `${op}(${x}, ${y})`;
  if (op === "div" || op === "pow") return undefinedOnIntegers(op);
  return plainBinary(op, "i32", x, y);
}

function plainBinary(
  op: Exclude<BinaryOp, "max" | "min" | "pow">,
  type: ComputeType,
  x: string,
  y: string,
): string {
  switch (op) {
    case "add":
      return `${x} + ${y}`;
    case "sub":
      return `${x} - ${y}`;
    case "mul":
      return `${x} * ${y}`;
    case "div":
      return `${x} / ${y}`;
    case "less":
      return `select(${type}(0), ${type}(1), ${x} < ${y})`;
    case "equal":
      return `select(${type}(0), ${type}(1), ${x} == ${y})`;
  }
}

function undefinedOnIntegers(op: string): never {
  throw new BlkError("DTYPE", `${op} is not defined on i32; convert its arguments to f32 first`, {
    details: { op },
  });
}
