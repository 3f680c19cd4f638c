/**
 * Ranges that hold whatever a correct backend may compute: interval arithmetic over expressions
 * (R. E. Moore, *Interval Analysis*, 1966), each primitive widened by the rounding that the
 * contract allows it. A range of one number is exact; NaN…NaN means that the result is NaN.
 *
 * | primitive | allowed error |
 * |---|---|
 * | neg abs floor max min less equal select | none |
 * | add sub mul | rounded to nearest: ½ ulp |
 * | div sqrt | 2½ ulp |
 * | exp log tanh erf | 4 ulp |
 * | pow | 8 ulp |
 *
 * Results below the smallest normal number may be flushed to zero (cases of their own check
 * subnormals where a backend keeps them), and constants may be rounded to the arithmetic's type or
 * not. Fused multiply-adds round once less and so stay inside.
 */
import {
  type BinaryOp,
  computeDType,
  type DType,
  type Expr,
  expr,
  type UnaryOp,
  unitRoundoff,
} from "@blk/core";
import { stored } from "./elements.js";

/** All numbers from `low` to `high`. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A range of one number. */
export function exactly(value: number): Range {
  return { low: value, high: value };
}

/** Any result is right: the arithmetic of the contract leaves it open. */
const anything: Range = exactlyBetween(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);

const notANumber: Range = exactly(Number.NaN);

function exactlyBetween(low: number, high: number): Range {
  return { low, high };
}

const isPoint = ({ low, high }: Range): boolean => low === high;
const isNaNRange = ({ low, high }: Range): boolean => Number.isNaN(low) || Number.isNaN(high);
const holds = ({ low, high }: Range, x: number): boolean => low <= x && x <= high;

/** `range` after arithmetic in `dtype` that may be off by `ulps`; 1 ulp is at most 2·u relative. */
export function widen({ low, high }: Range, dtype: DType, ulps: number): Range {
  const type = computeDType(dtype);
  // The ends are themselves computed in double: each within one more rounding.
  const relative = 2 * ulps * unitRoundoff(type) + 2 ** -52;
  const smallestNormal = type === "f64" ? 2 ** -1022 : 2 ** -126;
  return {
    low: Number.isFinite(low) ? low - Math.abs(low) * relative - smallestNormal : low,
    high: Number.isFinite(high) ? high + Math.abs(high) * relative + smallestNormal : high,
  };
}

/** What remains after storing in `dtype`: rounding keeps order, so it applies to the ends. */
export function storedRange({ low, high }: Range, dtype: DType): Range {
  return { low: stored(dtype, low), high: stored(dtype, high) };
}

/** What `e` may give in arithmetic of `dtype` on inputs of these ranges. */
export function rangeOf(e: Expr, inputs: readonly Range[], dtype: DType): Range {
  return expr.fold<Range>(e, {
    input: (index) => inputs[index] as Range,
    constant: (value) => hull([value, stored(computeDType(dtype), value)]),
    unary: (op, x) => unaryRange(op, x, dtype),
    binary: (op, x, y) => binaryRange(op, x, y, dtype),
    select: selectRange,
  });
}

function hull(numbers: readonly number[]): Range {
  return { low: Math.min(...numbers), high: Math.max(...numbers) };
}

const unaryUlps: Partial<Record<UnaryOp, number>> = { sqrt: 2.5, exp: 4, log: 4, tanh: 4, erf: 4 };
const binaryUlps: Partial<Record<BinaryOp, number>> = {
  add: 0.5,
  sub: 0.5,
  mul: 0.5,
  div: 2.5,
  pow: 8,
};

function unaryRange(op: UnaryOp, x: Range, dtype: DType): Range {
  if (isNaNRange(x)) return notANumber;
  const ends = hull([expr.applyUnary(op, x.low), expr.applyUnary(op, x.high)]);
  switch (op) {
    case "neg":
    case "floor":
      return ends;
    case "abs":
      return holds(x, 0) ? { ...ends, low: 0 } : ends;
    case "log":
    case "sqrt":
      // Negative somewhere, but not everywhere: NaN or not.
      if (x.low < 0 && x.high >= 0) return anything;
  }
  return isExact(op, x) ? ends : widen(ends, dtype, unaryUlps[op] ?? 0);
}

/** Limits and fixed points, which have no rounding error: e^−∞ = 0, √0 = 0, ln 1 = 0, ln 0 = −∞. */
function isExact(op: UnaryOp, x: Range): boolean {
  if (!isPoint(x)) return false;
  if (!Number.isFinite(x.low)) return true;
  return op === "log" || op === "exp" ? x.low === (op === "log" ? 1 : 0) : x.low === 0;
}

function binaryRange(op: BinaryOp, x: Range, y: Range, dtype: DType): Range {
  if (op === "less" || op === "equal") return comparison(op, x, y);
  if (op === "pow" && isPoint(y) && y.low === 0) return exactly(1);
  if (isNaNRange(x) || isNaNRange(y)) return notANumber;
  const apply = (a: number, b: number): number => expr.applyBinary(op, a, b);
  if (isPoint(x) && isPoint(y)) {
    const value = apply(x.low, y.low);
    return Number.isFinite(value) && binaryUlps[op] !== undefined && value !== 0
      ? widen(exactly(value), dtype, binaryUlps[op])
      : vanishing(op, x, y, value, dtype);
  }
  if (op === "div" && holds(y, 0)) return anything;
  if (op === "pow" && x.low <= 0) return powerOfAnySign(x, y, dtype);
  const corners = [
    apply(x.low, y.low),
    apply(x.low, y.high),
    apply(x.high, y.low),
    apply(x.high, y.high),
  ];
  // ∞ − ∞ or 0·∞ in a corner: whether it happens depends on the rounding before.
  if (corners.some(Number.isNaN)) return anything;
  const ends = hull(corners);
  const ulps = binaryUlps[op];
  return ulps === undefined ? ends : widen(ends, dtype, ulps);
}

/** A result of 0, ∞ or NaN is exact, except a 0 that is an underflow of numbers that are not. */
function vanishing(op: BinaryOp, x: Range, y: Range, value: number, dtype: DType): Range {
  const isUnderflow =
    value === 0 && (op === "mul" || op === "pow" || op === "div") && x.low !== 0 && y.low !== 0;
  const isLimit = !Number.isFinite(x.low) || !Number.isFinite(y.low);
  return isUnderflow && !isLimit ? widen(exactly(0), dtype, 0) : exactly(value);
}

function powerOfAnySign(x: Range, y: Range, dtype: DType): Range {
  if (!isPoint(y) || !Number.isInteger(y.low) || (y.low < 0 && holds(x, 0))) return anything;
  const corners = [x.low ** y.low, x.high ** y.low];
  if (holds(x, 0)) corners.push(0 ** y.low);
  return widen(hull(corners), dtype, binaryUlps.pow ?? 0);
}

function comparison(op: "less" | "equal", x: Range, y: Range): Range {
  if (isNaNRange(x) || isNaNRange(y)) return exactly(0);
  if (op === "less") {
    if (x.high < y.low) return exactly(1);
    return x.low >= y.high ? exactly(0) : { low: 0, high: 1 };
  }
  if (isPoint(x) && isPoint(y)) return exactly(x.low === y.low ? 1 : 0);
  return x.high < y.low || y.high < x.low ? exactly(0) : { low: 0, high: 1 };
}

function selectRange(condition: Range, whenTrue: Range, whenFalse: Range): Range {
  if (isNaNRange(condition) || !holds(condition, 0)) return whenTrue;
  if (isPoint(condition)) return whenFalse;
  if (isNaNRange(whenTrue) || isNaNRange(whenFalse)) return anything;
  return hull([whenTrue.low, whenTrue.high, whenFalse.low, whenFalse.high]);
}

/** Ranges of elements as expected numbers with bounds. */
export function expectationOf(
  count: number,
  range: (at: number) => Range,
): { expected: Float64Array; bound: Float64Array } {
  const expected = new Float64Array(count);
  const bound = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const { low, high } = range(at);
    const isAnything = low === -Infinity && high === Infinity;
    const middle = isAnything ? 0 : low === high ? low : centre(low, high);
    expected[at] = middle;
    bound[at] = low === high || Number.isNaN(low) ? 0 : Math.max(high - middle, middle - low);
  }
  return { expected, bound };
}

/** The middle of a range; of one that reaches infinity its finite end. */
function centre(low: number, high: number): number {
  if (!Number.isFinite(high)) return low;
  return Number.isFinite(low) ? low / 2 + high / 2 : high;
}
