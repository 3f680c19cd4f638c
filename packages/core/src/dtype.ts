import { BlkError } from "./errors.js";

/** Element types. `f16` is a storage type: its arithmetic is `f32` or better. */
export type DType = "f32" | "f64" | "f16" | "i32";

/** Host memory of a matrix: `Uint16Array` holds the bits of `f16` (see {@link encodeHalf}). */
export type HostArray = Float32Array | Float64Array | Int32Array | Uint16Array;

/** All element types, in the order in which tables list them. */
export const dtypes: readonly DType[] = ["f32", "f64", "f16", "i32"];

/** `dtype` if it is an element type, else a `DTYPE` error that names the operation and the types. */
export function checkDType(operation: string, dtype: DType): DType {
  if (dtypes.includes(dtype)) return dtype;
  throw new BlkError(
    "DTYPE",
    `${operation}: expected dtype to be one of ${dtypes.join(", ")}, got ${describeValue(dtype)}`,
  );
}

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return dtype === "f64" ? 8 : dtype === "f16" ? 2 : 4;
}

/** The type in which arithmetic on `dtype` happens: `f32` for `f16`, itself otherwise. */
export function computeDType(dtype: DType): "f32" | "f64" | "i32" {
  return dtype === "f16" ? "f32" : dtype;
}

/**
 * The unit roundoff `u` of arithmetic in `dtype`, half the distance from 1 to the next number;
 * 0 for `i32`, whose arithmetic is exact modulo 2³².
 */
export function unitRoundoff(dtype: DType): number {
  return { f64: 2 ** -53, f32: 2 ** -24, f16: 2 ** -11, i32: 0 }[dtype];
}

/** A zeroed host array of `length` elements. */
export function newHostArray(dtype: DType, length: number): HostArray {
  switch (dtype) {
    case "f32":
      return new Float32Array(length);
    case "f64":
      return new Float64Array(length);
    case "f16":
      return new Uint16Array(length);
    case "i32":
      return new Int32Array(length);
  }
}

/** The element type that a host array holds: `Uint16Array` means `f16` bits. */
export function dtypeOf(data: HostArray): DType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Float64Array) return "f64";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint16Array) return "f16";
  throw new BlkError(
    "DTYPE",
    `expected a Float32Array, Float64Array, Int32Array or Uint16Array (f16 bits), got ${describeValue(data)}`,
  );
}

/** A short description of any value for error messages. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "object") return value.constructor?.name ?? "an object";
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "function" ? "a function" : String(value);
}
