import type { ResultType } from "../../src/assembler/types.js";
import type { ValueType } from "./assembler.js";

// What the specification says of each instruction, written from its tables of syntax and
// validation: nothing here knows opcodes, or how the assembler's own tables are made.

export interface SpecifiedInstruction {
  readonly mnemonic: string;
  readonly operands: readonly ValueType[];
  readonly result: ResultType;
  /** Bytes of memory that a load or store moves: its natural alignment. */
  readonly width?: number;
  /** Whether it must have its natural alignment. */
  readonly atomic?: boolean;
  /** How many lanes there are to choose from. */
  readonly lanes?: number;
  readonly shuffle?: boolean;
}

type Extra = Partial<SpecifiedInstruction>;

/** Instructions `names` of each type or shape in `prefixes`, where both are separated by spaces. */
function each(
  prefixes: string,
  names: string,
  operands: string,
  result: string,
  extra: Extra = {},
): SpecifiedInstruction[] {
  return prefixes.split(" ").flatMap((prefix) =>
    names.split(" ").map((name) => {
      const own = (type: string) => (type === "own" ? prefix : type);
      return {
        mnemonic: `${prefix}.${name}`,
        operands: operands.split(" ").filter(Boolean).map(own) as ValueType[],
        result: own(result) as ResultType,
        ...extra,
      };
    }),
  );
}

const integerNumerics = [
  ...each("i32 i64", "clz ctz popcnt extend8_s extend16_s", "own", "own"),
  ...each("i64", "extend32_s", "own", "own"),
  ...each("i32 i64", "add sub mul div_s div_u rem_s rem_u and or xor", "own own", "own"),
  ...each("i32 i64", "shl shr_s shr_u rotl rotr", "own own", "own"),
  ...each("i32 i64", "eqz", "own", "i32"),
  ...each("i32 i64", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u", "own own", "i32"),
];

const floatNumerics = [
  ...each("f32 f64", "abs neg ceil floor trunc nearest sqrt", "own", "own"),
  ...each("f32 f64", "add sub mul div min max copysign", "own own", "own"),
  ...each("f32 f64", "eq ne lt gt le ge", "own own", "i32"),
];

const conversions = [
  ...each("i32", "wrap_i64", "i64", "i32"),
  ...each("i64", "extend_i32_s extend_i32_u", "i32", "i64"),
  ...each("i32 i64", "trunc_f32_s trunc_f32_u", "f32", "own"),
  ...each("i32 i64", "trunc_f64_s trunc_f64_u", "f64", "own"),
  ...each("i32 i64", "trunc_sat_f32_s trunc_sat_f32_u", "f32", "own"),
  ...each("i32 i64", "trunc_sat_f64_s trunc_sat_f64_u", "f64", "own"),
  ...each("f32 f64", "convert_i32_s convert_i32_u", "i32", "own"),
  ...each("f32 f64", "convert_i64_s convert_i64_u", "i64", "own"),
  ...each("f32", "demote_f64", "f64", "f32"),
  ...each("f64", "promote_f32", "f32", "f64"),
  ...each("i32", "reinterpret_f32", "f32", "i32"),
  ...each("i64", "reinterpret_f64", "f64", "i64"),
  ...each("f32", "reinterpret_i32", "i32", "f32"),
  ...each("f64", "reinterpret_i64", "i64", "f64"),
];

/** `select` without a prefix; the assembler has it for each type. */
const selections = ["i32", "i64", "f32", "f64", "v128"].flatMap((type) =>
  each(type, "select", "own own i32", "own"),
);

const accesses = [
  ...each("i32 f32", "load", "i32", "own", { width: 4 }),
  ...each("i64 f64", "load", "i32", "own", { width: 8 }),
  ...each("i32 i64", "load8_s load8_u", "i32", "own", { width: 1 }),
  ...each("i32 i64", "load16_s load16_u", "i32", "own", { width: 2 }),
  ...each("i64", "load32_s load32_u", "i32", "own", { width: 4 }),
  ...each("i32 f32", "store", "i32 own", "none", { width: 4 }),
  ...each("i64 f64", "store", "i32 own", "none", { width: 8 }),
  ...each("i32 i64", "store8", "i32 own", "none", { width: 1 }),
  ...each("i32 i64", "store16", "i32 own", "none", { width: 2 }),
  ...each("i64", "store32", "i32 own", "none", { width: 4 }),
];

const wholeMemory = [
  ...each("memory", "size", "", "i32"),
  ...each("memory", "grow", "i32", "i32"),
  ...each("memory", "fill copy", "i32 i32 i32", "none"),
];

const operations = ["add", "sub", "and", "or", "xor", "xchg"];

function atomics(types: string, width: number, suffix: string): SpecifiedInstruction[] {
  const extra = { width, atomic: true };
  const unsigned = suffix === "" ? "" : "_u";
  return [
    ...each(types, `atomic.load${suffix}${unsigned}`, "i32", "own", extra),
    ...each(types, `atomic.store${suffix}`, "i32 own", "none", extra),
    ...operations.flatMap((operation) =>
      each(types, `atomic.rmw${suffix}.${operation}${unsigned}`, "i32 own", "own", extra),
    ),
    ...each(types, `atomic.rmw${suffix}.cmpxchg${unsigned}`, "i32 own own", "own", extra),
  ];
}

const threads = [
  ...atomics("i32", 4, ""),
  ...atomics("i64", 8, ""),
  ...atomics("i32 i64", 1, "8"),
  ...atomics("i32 i64", 2, "16"),
  ...atomics("i64", 4, "32"),
  ...each("memory", "atomic.notify", "i32 i32", "i32", { width: 4, atomic: true }),
  ...each("memory", "atomic.wait32", "i32 i32 i64", "i32", { width: 4, atomic: true }),
  ...each("memory", "atomic.wait64", "i32 i64 i64", "i32", { width: 8, atomic: true }),
  ...each("atomic", "fence", "", "none"),
];

const unary = "v128";
const binary = "v128 v128";
const ternary = "v128 v128 v128";

const vectorAccesses = [
  ...each("v128", "load", "i32", "v128", { width: 16 }),
  ...each("v128", "store", "i32 v128", "none", { width: 16 }),
  ...each("v128", "load8x8_s load8x8_u load16x4_s load16x4_u", "i32", "v128", { width: 8 }),
  ...each("v128", "load32x2_s load32x2_u load64_splat load64_zero", "i32", "v128", { width: 8 }),
  ...each("v128", "load8_splat", "i32", "v128", { width: 1 }),
  ...each("v128", "load16_splat", "i32", "v128", { width: 2 }),
  ...each("v128", "load32_splat load32_zero", "i32", "v128", { width: 4 }),
  ...[1, 2, 4, 8].flatMap((width) => [
    ...each("v128", `load${8 * width}_lane`, "i32 v128", "v128", { width, lanes: 16 / width }),
    ...each("v128", `store${8 * width}_lane`, "i32 v128", "none", { width, lanes: 16 / width }),
  ]),
];

const vectorLanes = [
  ...each("i8x16 i16x8 i32x4", "splat", "i32", "v128"),
  ...each("i64x2", "splat", "i64", "v128"),
  ...each("f32x4", "splat", "f32", "v128"),
  ...each("f64x2", "splat", "f64", "v128"),
  ...each("i8x16", "extract_lane_s extract_lane_u", "v128", "i32", { lanes: 16 }),
  ...each("i16x8", "extract_lane_s extract_lane_u", "v128", "i32", { lanes: 8 }),
  ...each("i32x4", "extract_lane", "v128", "i32", { lanes: 4 }),
  ...each("i64x2", "extract_lane", "v128", "i64", { lanes: 2 }),
  ...each("f32x4", "extract_lane", "v128", "f32", { lanes: 4 }),
  ...each("f64x2", "extract_lane", "v128", "f64", { lanes: 2 }),
  ...each("i8x16", "replace_lane", "v128 i32", "v128", { lanes: 16 }),
  ...each("i16x8", "replace_lane", "v128 i32", "v128", { lanes: 8 }),
  ...each("i32x4", "replace_lane", "v128 i32", "v128", { lanes: 4 }),
  ...each("i64x2", "replace_lane", "v128 i64", "v128", { lanes: 2 }),
  ...each("f32x4", "replace_lane", "v128 f32", "v128", { lanes: 4 }),
  ...each("f64x2", "replace_lane", "v128 f64", "v128", { lanes: 2 }),
  ...each("i8x16", "shuffle", binary, "v128", { shuffle: true }),
  ...each("i8x16", "swizzle", binary, "v128"),
];

const bitwise = [
  ...each("v128", "not", unary, "v128"),
  ...each("v128", "and andnot or xor", binary, "v128"),
  ...each("v128", "bitselect", ternary, "v128"),
  ...each("v128", "any_true", unary, "i32"),
];

const integerShapes = "i8x16 i16x8 i32x4 i64x2";

const integerVectors = [
  ...each(integerShapes, "abs neg", unary, "v128"),
  ...each(integerShapes, "all_true bitmask", unary, "i32"),
  ...each(integerShapes, "shl shr_s shr_u", "v128 i32", "v128"),
  ...each(integerShapes, "add sub eq ne lt_s gt_s le_s ge_s", binary, "v128"),
  ...each("i16x8 i32x4 i64x2", "mul", binary, "v128"),
  ...each("i8x16 i16x8 i32x4", "lt_u gt_u le_u ge_u", binary, "v128"),
  ...each("i8x16 i16x8 i32x4", "min_s min_u max_s max_u", binary, "v128"),
  ...each("i8x16 i16x8", "add_sat_s add_sat_u sub_sat_s sub_sat_u avgr_u", binary, "v128"),
  ...each("i8x16", "popcnt", unary, "v128"),
  ...each("i16x8", "q15mulr_sat_s", binary, "v128"),
  ...each("i32x4", "dot_i16x8_s", binary, "v128"),
];

const resizing = [
  ...each("i8x16", "narrow_i16x8_s narrow_i16x8_u", binary, "v128"),
  ...each("i16x8", "narrow_i32x4_s narrow_i32x4_u", binary, "v128"),
  ...[
    ["i16x8", "i8x16"],
    ["i32x4", "i16x8"],
    ["i64x2", "i32x4"],
  ].flatMap(([to, from]) => [
    ...each(to!, `extend_low_${from}_s extend_low_${from}_u`, unary, "v128"),
    ...each(to!, `extend_high_${from}_s extend_high_${from}_u`, unary, "v128"),
    ...each(to!, `extmul_low_${from}_s extmul_low_${from}_u`, binary, "v128"),
    ...each(to!, `extmul_high_${from}_s extmul_high_${from}_u`, binary, "v128"),
  ]),
  ...each("i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u", unary, "v128"),
  ...each("i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u", unary, "v128"),
];

const floatVectors = [
  ...each("f32x4 f64x2", "abs neg sqrt ceil floor trunc nearest", unary, "v128"),
  ...each("f32x4 f64x2", "add sub mul div min max pmin pmax", binary, "v128"),
  ...each("f32x4 f64x2", "eq ne lt gt le ge", binary, "v128"),
];

const vectorConversions = [
  ...each("i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u", unary, "v128"),
  ...each("i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero", unary, "v128"),
  ...each("f32x4", "convert_i32x4_s convert_i32x4_u demote_f64x2_zero", unary, "v128"),
  ...each("f64x2", "convert_low_i32x4_s convert_low_i32x4_u promote_low_f32x4", unary, "v128"),
];

/** Those that leave some of the result to the engine: the last part of SIMD to become standard. */
export const relaxed: readonly SpecifiedInstruction[] = [
  ...each("i8x16", "relaxed_swizzle", binary, "v128"),
  ...each("i32x4", "relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u", unary, "v128"),
  ...each("i32x4", "relaxed_trunc_f64x2_s_zero relaxed_trunc_f64x2_u_zero", unary, "v128"),
  ...each("f32x4 f64x2", "relaxed_madd relaxed_nmadd", ternary, "v128"),
  ...each("f32x4 f64x2", "relaxed_min relaxed_max", binary, "v128"),
  ...each(integerShapes, "relaxed_laneselect", ternary, "v128"),
  ...each("i16x8", "relaxed_q15mulr_s relaxed_dot_i8x16_i7x16_s", binary, "v128"),
  ...each("i32x4", "relaxed_dot_i8x16_i7x16_add_s", ternary, "v128"),
];

/** Everything but {@link relaxed}. */
export const standard: readonly SpecifiedInstruction[] = [
  ...[...integerNumerics, ...floatNumerics, ...conversions, ...selections],
  ...[...accesses, ...wholeMemory, ...threads],
  ...[...vectorAccesses, ...vectorLanes, ...bitwise],
  ...[...integerVectors, ...resizing, ...floatVectors, ...vectorConversions],
];
