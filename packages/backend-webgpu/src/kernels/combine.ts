import type { ReductionOp } from "@blk/core";
import type { ComputeType } from "../wgsl/expression.js";
import type { FunctionName } from "../wgsl/functions.js";

/** How a reduction combines: WGSL on a state, which holds what was found so far. */
export interface Combiner {
  readonly op: ReductionOp;
  readonly type: ComputeType;
  /** Words of a state in memory. */
  readonly words: 1 | 2;
  /** The type of a state. */
  readonly state: "f32" | "i32" | "vec2<i32>";
  readonly uses: readonly FunctionName[];
  /** A state of nothing. */
  readonly start: string;
  /** The state of a value `x` alone, at `place`. */
  readonly one: string;
  /** Of the states `a` and `b`. */
  readonly merged: string;
  /** The result in a state `a`. */
  readonly result: string;
}

/**
 * The combiner of an operation in a type of arithmetic. Floats are compared as integers in the same
 * order: NaN is the largest, or for min the smallest, and −0 is below 0, whatever compilers take
 * floats to be. An argmax tells zeros not apart.
 */
export function combinerOf(op: ReductionOp, type: ComputeType): Combiner {
  const about = { op, type };
  if (op === "sum") {
    const start = `${type}(0)`;
    return {
      ...about,
      words: 1,
      state: type,
      uses: [],
      start,
      one: "x",
      merged: "a + b",
      result: "a",
    };
  }
  const isMin = op === "min";
  const isFloat = type === "f32";
  const uses: readonly FunctionName[] = isFloat ? ["ordered", "is_nan"] : [];
  const nan = isMin ? "(-2147483647 - 1)" : "2147483647";
  // −0 is the only float whose order is −1.
  const order =
    op === "argmax"
      ? "max(ordered(x), select(-2147483647 - 1, 0, ordered(x) == -1))"
      : "ordered(x)";
  const key = isFloat ? `select(${order}, ${nan}, is_nan(x))` : "x";
  if (op === "argmax") {
    return {
      ...about,
      words: 2,
      state: "vec2<i32>",
      uses,
      start: "vec2<i32>(-2147483647 - 1, -1)",
      one: `vec2<i32>(${key}, place)`,
      merged: "select(a, b, b.y >= 0 && (a.y < 0 || b.x > a.x || (b.x == a.x && b.y < a.y)))",
      result: "a.y",
    };
  }
  return {
    ...about,
    words: 1,
    state: "i32",
    uses,
    start: startOf(op, type),
    one: key,
    merged: `${op}(a, b)`,
    // The order of a float is its bits, those of negative ones turned over: and back again.
    result: isFloat ? "bitcast<f32>(a ^ ((a >> 31u) & 0x7fffffff))" : "a",
  };
}

/** In the order of integers: ∓∞, or the least and the largest. */
function startOf(op: "max" | "min", type: ComputeType): string {
  if (type === "i32") return op === "max" ? "(-2147483647 - 1)" : "2147483647";
  return op === "max" ? "-2139095041" : "0x7f800000";
}
