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

/** As many adjacent elements as the arithmetic has lanes: up to 32 bytes. */
export function loadAdjacent(
  f: FunctionBuilder,
  operand: Operand,
  type: ComputeType,
  at: Local<"i32">,
  offset = 0,
): Vector {
  const align = bytesPerElement(operand.dtype);
  const { lanes } = arithmetics[type];
  switch (align * lanes) {
    case 4:
      return converted(f, operand, type, v128.load32Zero(at, { align, offset }));
    case 8:
      return converted(f, operand, type, v128.load64Zero(at, { align, offset }));
    case 16:
      return converted(f, operand, type, v128.load(at, { align, offset }));
    default: {
      // Four doubles are two vectors, each of which is converted to the lower half of one.
      const low = converted(f, operand, type, v128.load(at, { align, offset }));
      const high = converted(f, operand, type, v128.load(at, { align, offset: offset + 16 }));
      return i8x16.shuffle(low, high, lowHalves);
    }
  }
}

/** One element in all lanes. */
export function loadRepeated(
  f: FunctionBuilder,
  operand: Operand,
  type: ComputeType,
  at: Local<"i32">,
): Vector {
  switch (bytesPerElement(operand.dtype)) {
    case 2:
      return converted(f, operand, type, v128.load16Splat(at));
    case 4:
      return converted(f, operand, type, v128.load32Splat(at));
    default: {
      const value = f.hold(converted(f, operand, type, v128.load64Splat(at)));
      return type === "f64" ? value : i8x16.shuffle(value, value, lowHalves);
    }
  }
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
  const bytes = bytesPerElement(operand.dtype);
  const { lanes } = arithmetics[type];
  const perVector = Math.min(lanes, 16 / bytes);
  const raw = f.local("v128");
  const parts: Vector[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const place = lane % perVector;
    f.set(raw, loadLane(bytes, at, place === 0 ? i32x4.splat(0) : raw, place));
    const step = lane < lanes - 1 ? i32.select(stride, 0, i32.gtS(left, lane + 1)) : stride;
    f.add(at, step);
    if (place === perVector - 1) {
      const part = f.hold(converted(f, operand, type, raw));
      parts.push(part);
    }
  }
  const [low, high] = parts as [Vector, Vector | undefined];
  return high === undefined ? low : i8x16.shuffle(low, high, lowHalves);
}

/** One raw element in the lane of its width that is given; other lanes are those of `vector`. */
function loadLane(bytes: number, at: Local<"i32">, vector: Vector, lane: number): Vector {
  if (bytes === 2) return v128.load16Lane(at, vector, lane);
  return bytes === 4 ? v128.load32Lane(at, vector, lane) : v128.load64Lane(at, vector, lane);
}

/** Raw elements in the lowest lanes, converted to the arithmetic. */
function converted(
  f: FunctionBuilder,
  { dtype, single = false }: Operand,
  type: ComputeType,
  raw: Vector,
): Vector {
  switch (`${dtype}→${type}` as const) {
    case "f16→f32":
      return halvesToSingles(f, raw);
    case "f16→f64":
      return f64x2.promoteLowF32x4(halvesToSingles(f, raw));
    case "f16→i32":
      return i32x4.truncSatF32x4S(halvesToSingles(f, raw));
    case "f32→f64":
      return f64x2.promoteLowF32x4(raw);
    case "f32→i32":
      return i32x4.truncSatF32x4S(raw);
    case "i32→f32":
      return f32x4.convertI32x4S(raw);
    case "i32→f64":
      return single ? f64x2.promoteLowF32x4(f32x4.convertI32x4S(raw)) : f64x2.convertLowI32x4S(raw);
    case "f64→f32":
      return f32x4.demoteF64x2Zero(raw);
    case "f64→i32":
      return i32x4.truncSatF64x2SZero(raw);
    case "f64→f64":
      return single ? f64x2.promoteLowF32x4(f32x4.demoteF64x2Zero(raw)) : raw;
    case "f32→f32":
    case "i32→i32":
      return raw;
  }
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
  const stored = f.hold(dtype === "f32" && type === "f64" ? f32x4.demoteF64x2Zero(vector) : vector);
  return stored;
}

/** Stores all lanes, converted by {@link toStored}, side by side. */
export function storeAdjacent(
  dtype: DType,
  type: ComputeType,
  at: Local<"i32">,
  stored: Local<"v128">,
  offset = 0,
): Statement {
  const align = bytesPerElement(dtype);
  switch (align * arithmetics[type].lanes) {
    case 4:
      return v128.store32Lane(at, stored, 0, { align, offset });
    case 8:
      return v128.store64Lane(at, stored, 0, { align, offset });
    default:
      return v128.store(at, stored, { align, offset });
  }
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
  const bytes = bytesPerElement(dtype);
  const { lanes } = arithmetics[type];
  const storeFrom = (lane: number): void => {
    f.do(storeLane(bytes, at, stored, lane));
    f.add(at, stride);
    if (lane + 1 < lanes) f.if(i32.gtS(left, lane + 1), () => storeFrom(lane + 1));
  };
  storeFrom(0);
}

function storeLane(
  bytes: number,
  at: Local<"i32">,
  vector: Local<"v128">,
  lane: number,
): Statement {
  if (bytes === 2) return v128.store16Lane(at, vector, lane);
  return bytes === 4 ? v128.store32Lane(at, vector, lane) : v128.store64Lane(at, vector, lane);
}
