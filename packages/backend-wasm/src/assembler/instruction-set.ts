import { raw } from "./bytes.js";
import { type Instructions, instructions } from "./instructions.js";
import type { Constant, ScalarType } from "./types.js";
import { operand, refuse, Value } from "./value.js";

// The instructions that kernels use, and no more: a row for another can be taken from the tables of
// the tests, which have all of them.

const i32Rows = [
  [0x1b, "select", "t t i32", "t"],
  [0x28, "load", "i32 access", "t"],
  [0x2f, "load16U", "i32 access", "t"],
  [0x36, "store", "i32 t access", "none"],
  [0x3b, "store16", "i32 t access", "none"],
  [0x45, "eqz", "t", "t"],
  [0x46, "eq ne ltS ltU gtS gtU leS leU geS geU", "t t", "t"],
  [0x6a, "add sub mul _ divU _ remU and or _ shl shrS shrU", "t t", "t"],
] as const;

const i64Rows = [
  [0x29, "load", "i32 access", "t"],
  [0x37, "store", "i32 t access", "none"],
  [0xad, "extendI32U", "i32", "t"],
] as const;

const memoryRows = [[0xfc00b, "fill", "i32 i32 i32 memory", "none"]] as const;

const v128Rows = [
  [0xfd000, "load", "i32 access", "t"],
  [0xfd008, "load16Splat load32Splat load64Splat", "i32 access", "t"],
  [0xfd00b, "store", "i32 t access", "none"],
  [0xfd04d, "not", "t", "t"],
  [0xfd04e, "and andnot or", "t t", "t"],
  [0xfd052, "bitselect", "t t t", "t"],
  [0xfd053, "anyTrue", "t", "i32"],
  [0xfd055, "load16Lane load32Lane load64Lane", "i32 t lane access", "t"],
  [0xfd059, "store16Lane store32Lane store64Lane", "i32 t lane access", "none"],
  [0xfd05c, "load32Zero load64Zero", "i32 access", "t"],
] as const;

const i8x16Rows = [[0xfd00d, "shuffle", "t t lanes", "t"]] as const;

const i16x8Rows = [[0xfd086, "narrowI32x4U", "t t", "t"]] as const;

/** Instructions of i32x4; those of i64x2 are one stride away. */
const integers = [
  [0xfd0ab, "shl shrS shrU", "t i32", "t", 0x20],
  [0xfd0ae, "add _ _ sub _ _ _ mul", "t t", "t", 0x20],
] as const;

const i32x4Rows = [
  [0xfd011, "splat", "i32", "t"],
  [0xfd037, "eq ne ltS ltU gtS gtU leS leU geS geU", "t t", "t"],
  [0xfd0a0, "abs neg", "t", "t"],
  [0xfd0a9, "extendLowI16x8U", "t", "t"],
  [0xfd0b6, "minS _ maxS", "t t", "t"],
  [0xfd0f8, "truncSatF32x4S _ _ _ truncSatF64x2SZero", "t", "t"],
] as const;

const i64x2Rows = [
  [0xfd012, "splat", "i64", "t"],
  [0xfd0d6, "eq ne ltS gtS leS geS", "t t", "t"],
] as const;

/** Instructions of f32x4; those of f64x2 are one stride away. `t` is a lane's type. */
const floats = [
  [0xfd013, "splat", "t", "v128", 1],
  [0xfd041, "eq ne lt gt le ge", "v128 v128", "v128", 6],
  [0xfd068, "floor", "v128", "v128", 13],
  [0xfd069, "trunc", "v128", "v128", 17],
  [0xfd06a, "nearest", "v128", "v128", 42],
  [0xfd0e0, "abs neg _ sqrt", "v128", "v128", 12],
  [0xfd0e4, "add sub mul div min max pmin pmax", "v128 v128", "v128", 12],
  [0xfd105, "relaxedMadd", "v128 v128 v128", "v128", 2],
] as const;

const f32x4Rows = [
  [0xfd05e, "demoteF64x2Zero", "v128", "v128"],
  [0xfd0fa, "convertI32x4S", "v128", "v128"],
] as const;

const f64x2Rows = [
  [0xfd05f, "promoteLowF32x4", "v128", "v128"],
  [0xfd0fe, "convertLowI32x4S", "v128", "v128"],
] as const;

/** Makes a constant, where an instruction takes no plain number. */
interface Constants<T extends ScalarType> {
  readonly const: (value: Constant<T>) => Value<T>;
}

/** Instructions of i32: numbers, addresses, and conditions, which hold where they are not 0. */
export const i32: Constants<"i32"> & Instructions<typeof i32Rows, "i32"> = {
  const: (value) => operand("i32.const", 1, "i32", value),
  ...instructions("i32", "i32", i32Rows),
};

/** Instructions of i64, whose constants are bigints. */
export const i64: Instructions<typeof i64Rows, "i64"> = instructions("i64", "i64", i64Rows);

/** `fill` takes the destination, a byte and the count of bytes. */
export const memory: Instructions<typeof memoryRows, "i32"> = instructions(
  "memory",
  "i32",
  memoryRows,
);

/** Instructions of vectors of no particular shape. */
export const v128: {
  /** The sixteen bytes of a typed array, such as four floats. */
  readonly const: (lanes: ArrayBufferView) => Value<"v128">;
} & Instructions<typeof v128Rows, "v128"> = {
  const(lanes) {
    if (lanes.byteLength !== 16) refuse(`v128.const: ${lanes.byteLength} bytes, expected 16`);
    return new Value("v128", "v128.const", [], [0xfd, 0x0c, ...raw(lanes)]);
  },
  ...instructions("v128", "v128", v128Rows),
};

/** Instructions of vectors of sixteen bytes. */
export const i8x16: Instructions<typeof i8x16Rows, "v128"> = instructions(
  "i8x16",
  "v128",
  i8x16Rows,
);

/** Instructions of vectors of eight 16-bit integers. */
export const i16x8: Instructions<typeof i16x8Rows, "v128"> = instructions(
  "i16x8",
  "v128",
  i16x8Rows,
);

/** Instructions of vectors of four i32. */
export const i32x4: Instructions<typeof integers, "v128"> & Instructions<typeof i32x4Rows, "v128"> =
  {
    ...instructions("i32x4", "v128", integers),
    ...instructions("i32x4", "v128", i32x4Rows),
  };

/** Instructions of vectors of two i64. */
export const i64x2: Instructions<typeof integers, "v128"> & Instructions<typeof i64x2Rows, "v128"> =
  {
    ...instructions("i64x2", "v128", integers, 1),
    ...instructions("i64x2", "v128", i64x2Rows),
  };

/** What f32x4 and f64x2 have in common; `T` is the type of a lane. */
type FloatVectors<T extends "f32" | "f64"> = Instructions<typeof floats, T>;

/** Instructions of vectors of four f32. */
export const f32x4: FloatVectors<"f32"> & Instructions<typeof f32x4Rows, "f32"> = {
  ...instructions("f32x4", "f32", floats),
  ...instructions("f32x4", "f32", f32x4Rows),
};

/** Instructions of vectors of two f64. */
export const f64x2: FloatVectors<"f64"> & Instructions<typeof f64x2Rows, "f64"> = {
  ...instructions("f64x2", "f64", floats, 1),
  ...instructions("f64x2", "f64", f64x2Rows),
};
