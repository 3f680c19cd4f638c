import { type Instructions, instructions } from "../../../src/assembler/instructions.js";

/** Instructions of f32x4; those of f64x2 are one stride away. `t` is a lane's type. */
const floats = [
  [0xfd013, "splat", "t", "v128", 1],
  [0xfd01f, "extractLane", "v128 lane", "t", 2],
  [0xfd020, "replaceLane", "v128 t lane", "v128", 2],
  [0xfd041, "eq ne lt gt le ge", "v128 v128", "v128", 6],
  [0xfd067, "ceil floor", "v128", "v128", 13],
  [0xfd069, "trunc", "v128", "v128", 17],
  [0xfd06a, "nearest", "v128", "v128", 42],
  [0xfd0e0, "abs neg _ sqrt", "v128", "v128", 12],
  [0xfd0e4, "add sub mul div min max pmin pmax", "v128 v128", "v128", 12],
  [0xfd105, "relaxedMadd relaxedNmadd", "v128 v128 v128", "v128", 2],
  [0xfd10d, "relaxedMin relaxedMax", "v128 v128", "v128", 2],
] as const;

const f32x4Only = [
  [0xfd05e, "demoteF64x2Zero", "v128", "v128"],
  [0xfd0fa, "convertI32x4S convertI32x4U", "v128", "v128"],
] as const;

const f64x2Only = [
  [0xfd05f, "promoteLowF32x4", "v128", "v128"],
  [0xfd0fe, "convertLowI32x4S convertLowI32x4U", "v128", "v128"],
] as const;

/** What f32x4 and f64x2 have in common; `T` is the type of a lane. */
export type FloatVectors<T extends "f32" | "f64"> = Instructions<typeof floats, T>;

/** Instructions of vectors of four f32. */
export const f32x4: FloatVectors<"f32"> & Instructions<typeof f32x4Only, "f32"> = {
  ...instructions("f32x4", "f32", floats, 0),
  ...instructions("f32x4", "f32", f32x4Only),
};

/** Instructions of vectors of two f64. */
export const f64x2: FloatVectors<"f64"> & Instructions<typeof f64x2Only, "f64"> = {
  ...instructions("f64x2", "f64", floats, 1),
  ...instructions("f64x2", "f64", f64x2Only),
};
