import { elementary } from "./elementary.js";
import { power } from "./power.js";

/** A function of the library: its text, and the others that it calls. */
export interface LibraryFunction {
  readonly code: string;
  readonly calls?: readonly FunctionName[];
}

/** The functions of WGSL that kernels may call. */
export type FunctionName =
  | "from_bits"
  | "is_nan"
  | "ordered"
  | "maximum"
  | "minimum"
  | "square_root"
  | "two_to_the"
  | "exponential"
  | "logarithm"
  | "hyperbolic_tangent"
  | "error_function"
  | "power"
  | "to_i32"
  | "encode_half";

/** The text of functions and of all that they call, each once. */
export function declareFunctions(names: Iterable<FunctionName>): string {
  const declared = new Set<FunctionName>();
  const add = (name: FunctionName): void => {
    if (declared.has(name)) return;
    library[name].calls?.forEach(add);
    declared.add(name);
  };
  for (const name of names) add(name);
  return [...declared].map((name) => library[name].code).join("\n");
}

const basic: Pick<
  Record<FunctionName, LibraryFunction>,
  "from_bits" | "is_nan" | "ordered" | "maximum" | "minimum" | "to_i32" | "encode_half"
> = {
  /** A float by its bits. WGSL has no constants of infinity and NaN; a call is no constant. */
  from_bits: { code: "fn from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }" },
  /** By the bits, as compilers may take it that no float is NaN. */
  is_nan: {
    code: "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }",
  },
  /** Integers in the order of the floats; −0 is below 0. */
  ordered: {
    code: `fn ordered(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return bits ^ ((bits >> 31u) & 0x7fffffff);
}`,
  },
  /** NaN if either is NaN. */
  maximum: {
    calls: ["ordered", "is_nan"],
    code: `fn maximum(x: f32, y: f32) -> f32 {
  return select(x, y, !is_nan(x) && (is_nan(y) || ordered(y) > ordered(x)));
}`,
  },
  minimum: {
    calls: ["ordered", "is_nan"],
    code: `fn minimum(x: f32, y: f32) -> f32 {
  return select(x, y, !is_nan(x) && (is_nan(y) || ordered(y) < ordered(x)));
}`,
  },
  /** Truncates and saturates; NaN gives 0. */
  to_i32: {
    calls: ["is_nan"],
    code: `fn to_i32(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x < -2147483648.0) { return -2147483647 - 1; }
  return i32(x);
}`,
  },
  /** Rounds to the nearest half, ties to even; in integers, for pack2x16float may round otherwise. */
  encode_half: {
    code: `fn encode_half(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let sign = (bits >> 16u) & 0x8000u;
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return sign | 0x7e00u; }
  if (size >= 0x477ff000u) { return sign | 0x7c00u; }
  if (size >= 0x38800000u) {
    return sign | ((size - 0x38000000u + 0xfffu + ((size >> 13u) & 1u)) >> 13u);
  }
  // Subnormal: a multiple of 2⁻²⁴.
  if (size < 0x33000000u) { return sign; }
  let mantissa = (size & 0x7fffffu) | 0x800000u;
  let shift = 126u - (size >> 23u);
  let isOdd = (mantissa >> shift) & 1u;
  return sign | ((mantissa + (1u << (shift - 1u)) - 1u + isOdd) >> shift);
}`,
  },
};

const library: Readonly<Record<FunctionName, LibraryFunction>> = {
  ...basic,
  ...elementary,
  power,
};
