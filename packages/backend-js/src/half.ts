/**
 * Fast conversions between doubles and the 16 bits of an `f16`, equal to the plain ones of
 * `@blk/core` for every input: they run once per element of every f16 operand.
 */

// value = (implicit[s] + fraction) · scale[s], with s the sign and exponent bits.
const scale: Float64Array = /* @__PURE__ */ Float64Array.from({ length: 64 }, (_, s) => {
  const exponent = s & 31;
  const magnitude = exponent === 31 ? Number.POSITIVE_INFINITY : 2 ** (Math.max(exponent, 1) - 25);
  return s < 32 ? magnitude : -magnitude;
});
const implicit: Float64Array = /* @__PURE__ */ Float64Array.from({ length: 64 }, (_, s) =>
  (s & 31) === 0 ? 0 : 1024,
);

/** The number that 16 bits stand for: exact. */
export function decodeHalf(bits: number): number {
  if ((bits & 0x7fff) > 0x7c00) return Number.NaN;
  const s = (bits >> 10) & 63;
  return (implicit[s]! + (bits & 0x3ff)) * scale[s]!;
}

// Written and read within one call of encodeHalf: a register, not state. All engines that run
// today are little-endian, so the high word comes second.
const double: Float64Array = /* @__PURE__ */ new Float64Array(1);
const words: Int32Array = /* @__PURE__ */ new Int32Array(double.buffer);

/**
 * The bits of the `f16` nearest to `value`, ties to even, rounded once from the double: going
 * through an f32 would round twice. Overflow gives infinity, NaN the quiet NaN 0x7e00.
 */
export function encodeHalf(value: number): number {
  double[0] = value;
  const high = words[1]!;
  const sign = (high >>> 16) & 0x8000;
  // The exponent of the double with the bias of f16.
  const exponent = ((high >>> 20) & 0x7ff) - 1008;
  if (exponent <= 0) {
    // A multiple of 2⁻²⁴. Adding 2⁵² to a small number rounds it to an integer, ties to even.
    return sign | (Math.abs(value) * 2 ** 24 + 2 ** 52 - 2 ** 52);
  }
  if (exponent > 30) return value !== value ? 0x7e00 : sign | 0x7c00;
  const bits = (exponent << 10) | ((high >>> 10) & 0x3ff);
  const rest = high & 0x3ff;
  const up = rest > 0x200 || (rest === 0x200 && (words[0] !== 0 || (bits & 1) === 1));
  // A carry out of the fraction raises the exponent, up to infinity, which is what should happen.
  return sign | (up ? bits + 1 : bits);
}
