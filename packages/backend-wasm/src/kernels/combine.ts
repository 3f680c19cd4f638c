import type { ReductionOp } from "@blk/core";
import {
  type Operand as Amount,
  type FunctionBuilder,
  i32x4,
  i64,
  i64x2,
  type Local,
  type Value,
  v128,
} from "../assembler/index.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";
import { splat, upperLanes, type Vector, vectorsOf } from "./vector.js";

/** What a reduction has found so far, in each lane of some vectors. */
export type State = readonly Local<"v128">[];

/**
 * How a reduction combines, lane by lane. The first part of a state is the value so far; after it
 * come, of a maximum or minimum of floats, the lanes in which a NaN occurred and what tells the
 * sign of a zero, and of an argmax the places of the values.
 */
export interface Combiner {
  /** Vectors of a state. */
  readonly parts: number;
  /** Sets a state to that over nothing; of an argmax, `places` are those of the lanes' first values. */
  start(f: FunctionBuilder, state: State, places: Vector): void;
  /** Combines new values, at `places` that are larger than those before. */
  take(f: FunctionBuilder, state: State, values: Local<"v128">, places: Local<"v128">): void;
  /** Combines another state. */
  merge(f: FunctionBuilder, state: State, other: State): void;
  /** Values with those outside of `mask` replaced by ones that change nothing. */
  within(values: Vector, mask: Vector): Vector;
  /** Brings the first part to its final value. */
  settle(f: FunctionBuilder, state: State): void;
}

/** The combiner of an operation in a type of arithmetic. */
export function combinerOf(op: ReductionOp, type: ComputeType): Combiner {
  switch (op) {
    case "sum":
      return simple(arithmetics[type].add, i32x4.splat(0));
    case "argmax":
      return argmax(type);
    default:
      if (type !== "i32") return floatExtreme(op, type);
      return simple(op === "max" ? i32x4.maxS : i32x4.minS, worstOf(op, type));
  }
}

type Combine = (x: Vector, y: Vector) => Value<"v128">;

/** What can be combined by one instruction, beginning with `neutral`, which changes nothing. */
function simple(combine: Combine, neutral: Vector): Combiner {
  const merge: Combiner["merge"] = (f, [so], [other]) => f.set(so!, combine(so!, other!));
  return {
    parts: 1,
    start: (f, [so]) => f.set(so!, neutral),
    take: (f, state, values) => merge(f, state, [values]),
    merge,
    within: (values, mask) => v128.bitselect(values, neutral, mask),
    settle: () => {},
  };
}

/** The sum of all lanes in ascending order, in lane 0. */
export function orderedSum(f: FunctionBuilder, [total]: State, values: Local<"v128">): void {
  const { add } = arithmetics.f64;
  f.set(total!, add(add(total!, values), upperLanes(values, 8)));
}

/**
 * The instructions `max` and `min`, which do all this at once, take engines many times as long as
 * `pmax` and `pmin`, which keep the value so far where the other is equal to it or NaN.
 */
function floatExtreme(op: "max" | "min", type: "f32" | "f64"): Combiner {
  const { pmax, pmin, ne, eq } = vectorsOf(type);
  const combine = op === "max" ? pmax : pmin;
  const worst = worstOf(op, type);
  // A maximum is −0 if all values have a sign, a minimum if any has.
  const combineSigns = op === "max" ? v128.and : v128.or;
  const merge = (f: FunctionBuilder, state: State, other: readonly Vector[]): void => {
    const [best, invalid, signs] = state;
    f.set(best!, combine(best!, other[0]!));
    f.set(invalid!, v128.or(invalid!, other[1]!));
    f.set(signs!, combineSigns(signs!, other[2]!));
  };
  return {
    parts: 3,
    start(f, [best, invalid, signs]) {
      f.set(best!, worst);
      f.set(invalid!, i32x4.splat(0));
      f.set(signs!, op === "max" ? i32x4.splat(-1) : i32x4.splat(0));
    },
    take: (f, state, values) => merge(f, state, [values, ne(values, values), values]),
    merge,
    within: (values, mask) => v128.bitselect(values, worst, mask),
    settle(f, [best, invalid, signs]) {
      const zero = v128.and(signs!, splat(type, -0));
      f.set(best!, v128.bitselect(zero, best!, eq(best!, splat(type, 0))));
      f.set(best!, v128.or(best!, invalid!));
    },
  };
}

function argmax(type: ComputeType): Combiner {
  const worst = worstOf("max", type);
  const isFloat = type !== "i32";
  const isLess = type === "f64" ? i64x2.ltS : i32x4.ltS;
  const { le, eq } = isFloat ? vectorsOf(type) : { le: i32x4.leS, eq: i32x4.eq };
  /** Whether x is larger than the best, or the first NaN. */
  const beats = (x: Vector, best: Vector): Vector =>
    isFloat ? v128.andnot(eq(best, best), le(x, best)) : i32x4.gtS(x, best);
  const take = (f: FunctionBuilder, [best, place]: State, [x, at]: State, mask: Vector): void => {
    const isNew = f.hold(mask);
    f.set(best!, v128.bitselect(x!, best!, isNew));
    f.set(place!, v128.bitselect(at!, place!, isNew));
  };
  return {
    parts: 2,
    start(f, [best, place], places) {
      f.set(best!, worst);
      f.set(place!, places);
    },
    take: (f, state, values, places) => take(f, state, [values, places], beats(values, state[0]!)),
    merge(f, state, other) {
      const [best, place] = state as [Local<"v128">, Local<"v128">];
      const [x, at] = other as [Local<"v128">, Local<"v128">];
      // Neither beats the other: they are equal, or both NaN.
      const isTie = v128.not(v128.or(beats(x, best), beats(best, x)));
      take(f, state, other, v128.or(beats(x, best), v128.and(isTie, isLess(at, place))));
    },
    within: (values, mask) => v128.bitselect(values, worst, mask),
    settle: () => {},
  };
}

/** What a maximum, or minimum, starts with. */
function worstOf(op: "max" | "min", type: ComputeType): Vector {
  if (type === "i32") return i32x4.splat(op === "max" ? -(2 ** 31) : 2 ** 31 - 1);
  return splat(type, op === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
}

/** Combines the lanes of a state; the result is in lane 0. */
export function collapse(
  f: FunctionBuilder,
  combiner: Combiner,
  type: ComputeType,
  state: State,
): void {
  for (const bytes of type === "f64" ? [8] : [8, 4]) {
    const upper = state.map((part) => f.hold(upperLanes(part, bytes)));
    combiner.merge(f, state, upper);
  }
}

/** A whole number in all lanes of a vector of places. */
export function splatPlace(type: ComputeType, place: Amount<"i32">): Vector {
  return type === "f64" ? i64x2.splat(i64.extendI32U(place)) : i32x4.splat(place);
}

export function addPlaces(type: ComputeType, x: Vector, y: Vector): Vector {
  return type === "f64" ? i64x2.add(x, y) : i32x4.add(x, y);
}

/** 0, 1, … in the lanes, as places are. */
export function laneNumbers(type: ComputeType): Vector {
  return v128.const(type === "f64" ? BigInt64Array.from([0n, 1n]) : Int32Array.from([0, 1, 2, 3]));
}

/** All bits of the first `count` lanes. */
export function firstLanes(type: ComputeType, count: Amount<"i32">): Vector {
  const { gtS } = type === "f64" ? i64x2 : i32x4;
  return gtS(splatPlace(type, count), laneNumbers(type));
}
