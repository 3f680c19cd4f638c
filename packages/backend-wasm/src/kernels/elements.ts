/**
 * Elements on their way from memory into vectors of a type of arithmetic and back, with the
 * conversions of the contract. Vectors are whole, or hold what is left of a row.
 */
import { bytesPerElement, type DType } from "@blk/core";
import {
  type Operand as Address,
  type FunctionBuilder,
  f32x4,
  f64x2,
  i8x16,
  i32,
  i32x4,
  type Local,
  type Statement,
  v128,
} from "../assembler/index.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";
import { doublesToHalves, halvesToSingles, singlesToHalves } from "./half.js";
import type { Vector } from "./vector.js";

/** How the elements of a row lie: side by side, all at one place, or any number of bytes apart. */
export type Spacing = "adjacent" | "repeated" | "strided";

/** What a kernel must know of an operand when it is generated. */
export interface Operand {
  readonly dtype: DType;
  readonly spacing: Spacing;
  /** Of an input: whether its numbers are rounded to f32 as they are read, into whatever type. */
  readonly single?: boolean;
}

/** Bytes 0 to 7 of one vector, and then those of another. */
const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** Vector number `v` of those that follow one another from `at` on: up to 32 bytes each. */
export function loadAdjacent(
  f: FunctionBuilder,
  operand: Operand,
  type: ComputeType,
  at: Local<"i32">,
  v = 0,
): Vector {
  const align = bytesPerElement(operand.dtype);
  const bytes = align * arithmetics[type].lanes;
  const access = { align, offset: v * bytes };
  const load = bytes === 4 ? v128.load32Zero : bytes === 8 ? v128.load64Zero : v128.load;
  const low = converted(f, operand, type, load(at, access));
  if (bytes <= 16) return low;
  // Four doubles are two vectors, each of which is converted to the lower half of one.
  const rest = v128.load(at, { align, offset: access.offset + 16 });
  return i8x16.shuffle(low, converted(f, operand, type, rest), lowHalves);
}

/** One element in all lanes. */
export function loadRepeated(
  f: FunctionBuilder,
  operand: Operand,
  type: ComputeType,
  at: Local<"i32">,
): Vector {
  const bits = bitsOf(operand.dtype);
  const value = converted(f, operand, type, v128[`load${bits}Splat`](at));
  if (bits < 64 || type === "f64") return value;
  const held = f.hold(value);
  return i8x16.shuffle(held, held, lowHalves);
}

/**
 * Elements `stride` bytes apart, and the address after them in `at`. Where fewer than the lanes
 * are `left` in the row, the last is read again instead of what lies beyond it.
 */
export function loadStrided(
  f: FunctionBuilder,
  operand: Operand,
  type: ComputeType,
  at: Local<"i32">,
  stride: Local<"i32">,
  left: Local<"i32">,
): Vector {
  const bits = bitsOf(operand.dtype);
  const { lanes } = arithmetics[type];
  const perVector = Math.min(lanes, 128 / bits);
  const raw = f.local("v128");
  const parts: Vector[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const place = lane % perVector;
    f.set(raw, v128[`load${bits}Lane`](at, place === 0 ? i32x4.splat(0) : raw, place));
    const step = lane < lanes - 1 ? i32.select(stride, 0, i32.gtS(left, lane + 1)) : stride;
    f.add(at, step);
    if (place === perVector - 1) parts.push(f.hold(converted(f, operand, type, raw)));
  }
  const [low, high] = parts as [Vector, Vector | undefined];
  return high === undefined ? low : i8x16.shuffle(low, high, lowHalves);
}

/**
 * Raw elements in the lowest lanes, converted to the arithmetic: halves by way of f32, and so what
 * is rounded to f32 first.
 */
function converted(
  f: FunctionBuilder,
  { dtype, single = false }: Operand,
  type: ComputeType,
  raw: Vector,
): Vector {
  if (dtype === "f16") return fromSingles(type, halvesToSingles(f, raw));
  if (dtype === "f32") return fromSingles(type, raw);
  if (type === "i32") return dtype === "i32" ? raw : i32x4.truncSatF64x2SZero(raw);
  if (type === "f64" && !single) return dtype === "f64" ? raw : f64x2.convertLowI32x4S(raw);
  const { demoteF64x2Zero, convertI32x4S } = f32x4;
  return fromSingles(type, dtype === "f64" ? demoteF64x2Zero(raw) : convertI32x4S(raw));
}

/** Numbers of f32 in the lowest lanes, converted to the arithmetic. */
function fromSingles(type: ComputeType, singles: Vector): Vector {
  if (type === "f32") return singles;
  return type === "f64" ? f64x2.promoteLowF32x4(singles) : i32x4.truncSatF32x4S(singles);
}

/**
 * Lanes as they are stored, in the lowest bytes: rounded to nearest, once. Arithmetic in f64 can
 * end in any float type, that in f32 in f32 or f16, that in i32 in i32.
 */
export function toStored(
  f: FunctionBuilder,
  dtype: DType,
  type: ComputeType,
  vector: Vector,
): Local<"v128"> {
  if (dtype === "f16") {
    return type === "f64" ? doublesToHalves(f, vector) : singlesToHalves(f, vector);
  }
  return f.hold(dtype === "f32" && type === "f64" ? f32x4.demoteF64x2Zero(vector) : vector);
}

/** Stores all lanes, converted by {@link toStored}, as vector number `v` from `at` on. */
export function storeAdjacent(
  dtype: DType,
  type: ComputeType,
  at: Local<"i32">,
  stored: Local<"v128">,
  v = 0,
): Statement {
  const align = bytesPerElement(dtype);
  const bytes = align * arithmetics[type].lanes;
  const access = { align, offset: v * bytes };
  if (bytes === 16) return v128.store(at, stored, access);
  return v128[bytes === 4 ? "store32Lane" : "store64Lane"](at, stored, 0, access);
}

/**
 * Stores the lanes that are `left` in the row, at least one, `stride` bytes apart; `at` is then
 * the address after them, where all of them were left.
 */
export function storeElements(
  f: FunctionBuilder,
  dtype: DType,
  type: ComputeType,
  at: Local<"i32">,
  stride: Address<"i32">,
  stored: Local<"v128">,
  left: Local<"i32">,
): void {
  const { lanes } = arithmetics[type];
  const storeFrom = (lane: number): void => {
    f.do(v128[`store${bitsOf(dtype)}Lane`](at, stored, lane));
    f.add(at, stride);
    if (lane + 1 < lanes) f.if(i32.gtS(left, lane + 1), () => storeFrom(lane + 1));
  };
  storeFrom(0);
}

function bitsOf(dtype: DType): 16 | 32 | 64 {
  return (8 * bytesPerElement(dtype)) as 16 | 32 | 64;
}
