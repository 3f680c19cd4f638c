import {
  type FunctionBuilder,
  f32x4,
  f64x2,
  i8x16,
  type Local,
  type Operand,
  type Value,
} from "../assembler/index.js";

/** The two types of floating-point arithmetic on vectors. */
export type FloatType = "f32" | "f64";

/** A vector, as an operand. */
export type Vector = Operand<"v128">;

/** A number in all lanes. */
export function splat(type: FloatType, value: number): Value<"v128"> {
  return vectorsOf(type).splat(value);
}

/** Makes numbers in all lanes that the code of a function holds from its start on. */
export function constants(f: FunctionBuilder, type: FloatType): (value: number) => Local<"v128"> {
  return (value) => f.constant(splat(type, value));
}

/** The instructions on vectors of a type. */
export function vectorsOf(type: FloatType): typeof f32x4 | typeof f64x2 {
  return type === "f32" ? f32x4 : f64x2;
}

/** The bytes of a vector moved down in a circle: of its lowest `2·bytes`, the upper half. */
export function upperLanes(vector: Vector, bytes: number): Vector {
  const picked = Array.from({ length: 16 }, (_, b) => (b + bytes) % 16);
  return i8x16.shuffle(vector, vector, picked);
}
