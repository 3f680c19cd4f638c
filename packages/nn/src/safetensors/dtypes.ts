import type { DType, HostArray } from "@blk/core";

/** Element types of a safetensors file. */
export type SafetensorsDType =
  | "BOOL"
  | `${"U" | "I"}${8 | 16 | 32 | 64}`
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "C64"
  | "F8_E4M3"
  | "F8_E5M2"
  | "F8_E8M0"
  | "F8_E4M3FNUZ"
  | "F8_E5M2FNUZ"
  | "F6_E2M3"
  | "F6_E3M2"
  | "F4";

/** Bits of one element. */
const bits: Readonly<Record<SafetensorsDType, number>> = {
  ...{ BOOL: 8, U8: 8, I8: 8, U16: 16, I16: 16, U32: 32, I32: 32, U64: 64, I64: 64 },
  ...{ F64: 64, F32: 32, F16: 16, BF16: 16, C64: 64 },
  ...{ F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ F6_E2M3: 6, F6_E3M2: 6, F4: 4 },
};

/** All element types of the format. */
export const safetensorsDTypes: readonly SafetensorsDType[] = Object.keys(
  bits,
) as SafetensorsDType[];

export function isSafetensorsDType(name: string): name is SafetensorsDType {
  return Object.hasOwn(bits, name);
}

/** Bits of one element; less than a byte for F4 and F6, whose elements lie next to each other. */
export function bitsPerElement(dtype: SafetensorsDType): number {
  return bits[dtype];
}

/** The type under which a matrix is written. */
export function safetensorsDTypeOf(dtype: DType): SafetensorsDType {
  return ({ f64: "F64", f32: "F32", f16: "F16", i32: "I32" } as const)[dtype];
}

/** The elements of a tensor as a matrix can hold them; the bytes are those of aligned memory. */
type Decode = (bytes: ArrayBuffer) => HostArray;

/** Types that a matrix can hold, as they are or exactly widened. */
const decoders: Partial<Record<SafetensorsDType, Decode>> = {
  F64: (bytes) => new Float64Array(bytes),
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => new Uint16Array(bytes),
  I32: (bytes) => new Int32Array(bytes),
  BF16: (bytes) => {
    // The upper half of an f32.
    const widened = Uint32Array.from(new Uint16Array(bytes), (half) => half << 16);
    return new Float32Array(widened.buffer);
  },
  I16: (bytes) => Int32Array.from(new Int16Array(bytes)),
  U16: (bytes) => Int32Array.from(new Uint16Array(bytes)),
  I8: (bytes) => Int32Array.from(new Int8Array(bytes)),
  U8: (bytes) => Int32Array.from(new Uint8Array(bytes)),
  BOOL: (bytes) => Int32Array.from(new Uint8Array(bytes)),
};

/** How elements of this type become those of a matrix; `undefined` where no type of one holds them. */
export function decoderOf(dtype: SafetensorsDType): Decode | undefined {
  return decoders[dtype];
}

/** The types that a matrix can be read from. */
export const matrixDTypes: readonly string[] = Object.keys(decoders);
