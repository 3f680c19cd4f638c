import type { Numbers } from "./peer.js";

/** A copy of `values` in single precision, for a peer to own. */
export function toF32(values: Numbers): Float32Array<ArrayBuffer> {
  return Float32Array.from(values);
}

/** A copy of `values` in double precision, for a peer to own. */
export function toF64(values: Numbers): Float64Array<ArrayBuffer> {
  return Float64Array.from(values);
}
