import { type Instructions, instructions } from "../../../src/assembler/instructions.js";
import type { Constant, ScalarType } from "../../../src/assembler/types.js";
import { operand, type Value } from "../../../src/assembler/value.js";

/** Instructions of i32; those of i64 are one stride away. */
const integers = [
  [0x1b, "select", "t t i32", "t"],
  [0x28, "load", "i32 access", "t", 1],
  [0x36, "store", "i32 t access", "none", 1],
  [0x45, "eqz", "t", "i32", 11],
  [0x46, "eq ne ltS ltU gtS gtU leS leU geS geU", "t t", "i32", 11],
  [0x67, "clz ctz popcnt", "t", "t", 18],
  [0x6a, "add sub mul divS divU remS remU and or xor shl shrS shrU rotl rotr", "t t", "t", 18],
] as const;

const i32Only = [
  [0x2c, "load8S load8U load16S load16U", "i32 access", "i32"],
  [0x3a, "store8 store16", "i32 i32 access", "none"],
  [0xa7, "wrapI64", "i64", "i32"],
  [0xa8, "truncF32S truncF32U", "f32", "i32"],
  [0xaa, "truncF64S truncF64U", "f64", "i32"],
  [0xbc, "reinterpretF32", "f32", "i32"],
  [0xc0, "extend8S extend16S", "i32", "i32"],
  [0xfc000, "truncSatF32S truncSatF32U", "f32", "i32"],
  [0xfc002, "truncSatF64S truncSatF64U", "f64", "i32"],
] as const;

const i64Only = [
  [0x30, "load8S load8U load16S load16U load32S load32U", "i32 access", "i64"],
  [0x3c, "store8 store16 store32", "i32 i64 access", "none"],
  [0xac, "extendI32S extendI32U", "i32", "i64"],
  [0xae, "truncF32S truncF32U", "f32", "i64"],
  [0xb0, "truncF64S truncF64U", "f64", "i64"],
  [0xbd, "reinterpretF64", "f64", "i64"],
  [0xc2, "extend8S extend16S extend32S", "i64", "i64"],
  [0xfc004, "truncSatF32S truncSatF32U", "f32", "i64"],
  [0xfc006, "truncSatF64S truncSatF64U", "f64", "i64"],
] as const;

/** Instructions of f32; those of f64 are one stride away. */
const floats = [
  [0x1b, "select", "t t i32", "t"],
  [0x2a, "load", "i32 access", "t", 1],
  [0x38, "store", "i32 t access", "none", 1],
  [0x5b, "eq ne lt gt le ge", "t t", "i32", 6],
  [0x8b, "abs neg ceil floor trunc nearest sqrt", "t", "t", 14],
  [0x92, "add sub mul div min max copysign", "t t", "t", 14],
  [0xb2, "convertI32S convertI32U", "i32", "t", 5],
  [0xb4, "convertI64S convertI64U", "i64", "t", 5],
] as const;

const f32Only = [
  [0xb6, "demoteF64", "f64", "f32"],
  [0xbe, "reinterpretI32", "i32", "f32"],
] as const;

const f64Only = [
  [0xbb, "promoteF32", "f32", "f64"],
  [0xbf, "reinterpretI64", "i64", "f64"],
] as const;

/** Makes a constant, where an instruction takes no plain number. */
export interface Constants<T extends ScalarType> {
  readonly const: (value: Constant<T>) => Value<T>;
}

/** What i32 and i64 have in common. */
export type Integer<T extends "i32" | "i64"> = Constants<T> & Instructions<typeof integers, T>;

/** What f32 and f64 have in common. */
export type Float<T extends "f32" | "f64"> = Constants<T> & Instructions<typeof floats, T>;

function constants<T extends ScalarType>(type: T): Constants<T> {
  return { const: (value) => operand(`${type}.const`, 1, type, value) };
}

function integer<T extends "i32" | "i64">(type: T, place: number): Integer<T> {
  return {
    ...constants(type),
    ...instructions(type, type, integers, place),
  };
}

function float<T extends "f32" | "f64">(type: T, place: number): Float<T> {
  return { ...constants(type), ...instructions(type, type, floats, place) };
}

/** Instructions of i32: numbers, addresses, and conditions, which hold where they are not 0. */
export const i32: Integer<"i32"> & Instructions<typeof i32Only, "i32"> = {
  ...integer("i32", 0),
  ...instructions("i32", "i32", i32Only),
};

/** Instructions of i64, whose constants are bigints. */
export const i64: Integer<"i64"> & Instructions<typeof i64Only, "i64"> = {
  ...integer("i64", 1),
  ...instructions("i64", "i64", i64Only),
};

/** Instructions of f32. */
export const f32: Float<"f32"> & Instructions<typeof f32Only, "f32"> = {
  ...float("f32", 0),
  ...instructions("f32", "f32", f32Only),
};

/** Instructions of f64. */
export const f64: Float<"f64"> & Instructions<typeof f64Only, "f64"> = {
  ...float("f64", 1),
  ...instructions("f64", "f64", f64Only),
};
