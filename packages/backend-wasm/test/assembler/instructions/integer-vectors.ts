import { type Instructions, instructions, type Row } from "../../../src/assembler/instructions.js";

// The shapes i8x16, i16x8, i32x4 and i64x2 are one stride apart. `t` is a vector.

const all = [
  [0xfd060, "abs neg", "t", "t", 0x20],
  [0xfd063, "allTrue bitmask", "t", "i32", 0x20],
  [0xfd06b, "shl shrS shrU", "t i32", "t", 0x20],
  [0xfd06e, "add _ _ sub", "t t", "t", 0x20],
  [0xfd109, "relaxedLaneselect", "t t t", "t", 1],
] as const;

/** All but i64x2. */
const upTo32Bits = [
  [0xfd023, "eq ne ltS ltU gtS gtU leS leU geS geU", "t t", "t", 10],
  [0xfd076, "minS minU maxS maxU", "t t", "t", 0x20],
] as const;

/** i8x16 and i16x8, whose lanes are i32 outside of the vector. */
const upTo16Bits = [
  [0xfd00f, "splat", "i32", "t", 1],
  [0xfd015, "extractLaneS extractLaneU", "t lane", "i32", 3],
  [0xfd017, "replaceLane", "t i32 lane", "t", 3],
  [0xfd06f, "addSatS addSatU _ subSatS subSatU", "t t", "t", 0x20],
  [0xfd07b, "avgrU", "t t", "t", 0x20],
] as const;

const i8x16Only = [
  [0xfd00d, "shuffle", "t t lanes", "t"],
  [0xfd00e, "swizzle", "t t", "t"],
  [0xfd062, "popcnt", "t", "t"],
  [0xfd065, "narrowI16x8S narrowI16x8U", "t t", "t"],
  [0xfd100, "relaxedSwizzle", "t t", "t"],
] as const;

const i16x8Only = [
  [0xfd07c, "extaddPairwiseI8x16S extaddPairwiseI8x16U", "t", "t"],
  [0xfd082, "q15mulrSatS", "t t", "t"],
  [0xfd085, "narrowI32x4S narrowI32x4U", "t t", "t"],
  [0xfd087, "extendLowI8x16S extendHighI8x16S extendLowI8x16U extendHighI8x16U", "t", "t"],
  [0xfd095, "mul", "t t", "t"],
  [0xfd09c, "extmulLowI8x16S extmulHighI8x16S extmulLowI8x16U extmulHighI8x16U", "t t", "t"],
  [0xfd111, "relaxedQ15mulrS relaxedDotI8x16I7x16S", "t t", "t"],
] as const;

const i32x4Only = [
  [0xfd011, "splat", "i32", "t"],
  [0xfd01b, "extractLane", "t lane", "i32"],
  [0xfd01c, "replaceLane", "t i32 lane", "t"],
  [0xfd07e, "extaddPairwiseI16x8S extaddPairwiseI16x8U", "t", "t"],
  [0xfd0a7, "extendLowI16x8S extendHighI16x8S extendLowI16x8U extendHighI16x8U", "t", "t"],
  [0xfd0b5, "mul", "t t", "t"],
  [0xfd0ba, "dotI16x8S", "t t", "t"],
  [0xfd0bc, "extmulLowI16x8S extmulHighI16x8S extmulLowI16x8U extmulHighI16x8U", "t t", "t"],
  [0xfd0f8, "truncSatF32x4S truncSatF32x4U", "t", "t"],
  [0xfd0fc, "truncSatF64x2SZero truncSatF64x2UZero", "t", "t"],
  [0xfd101, "relaxedTruncF32x4S relaxedTruncF32x4U", "t", "t"],
  [0xfd103, "relaxedTruncF64x2SZero relaxedTruncF64x2UZero", "t", "t"],
  [0xfd113, "relaxedDotI8x16I7x16AddS", "t t t", "t"],
] as const;

const i64x2Only = [
  [0xfd012, "splat", "i64", "t"],
  [0xfd01d, "extractLane", "t lane", "i64"],
  [0xfd01e, "replaceLane", "t i64 lane", "t"],
  [0xfd0c7, "extendLowI32x4S extendHighI32x4S extendLowI32x4U extendHighI32x4U", "t", "t"],
  [0xfd0d5, "mul eq ne ltS gtS leS geS", "t t", "t"],
  [0xfd0dc, "extmulLowI32x4S extmulHighI32x4S extmulLowI32x4U extmulHighI32x4U", "t t", "t"],
] as const;

type Rows<R extends readonly Row[]> = Instructions<R, "v128">;

function shape<const R extends readonly Row[]>(prefix: string, place: number, rows: R): Rows<R> {
  return instructions(prefix, "v128", rows, place);
}

/** Instructions of vectors of sixteen bytes. */
export const i8x16: Rows<typeof all> &
  Rows<typeof upTo32Bits> &
  Rows<typeof upTo16Bits> &
  Rows<typeof i8x16Only> = shape("i8x16", 0, [...all, ...upTo32Bits, ...upTo16Bits, ...i8x16Only]);

/** Instructions of vectors of eight 16-bit integers. */
export const i16x8: Rows<typeof all> &
  Rows<typeof upTo32Bits> &
  Rows<typeof upTo16Bits> &
  Rows<typeof i16x8Only> = shape("i16x8", 1, [...all, ...upTo32Bits, ...upTo16Bits, ...i16x8Only]);

/** Instructions of vectors of four i32. */
export const i32x4: Rows<typeof all> & Rows<typeof upTo32Bits> & Rows<typeof i32x4Only> = shape(
  "i32x4",
  2,
  [...all, ...upTo32Bits, ...i32x4Only],
);

/** Instructions of vectors of two i64. */
export const i64x2: Rows<typeof all> & Rows<typeof i64x2Only> = shape("i64x2", 3, [
  ...all,
  ...i64x2Only,
]);
