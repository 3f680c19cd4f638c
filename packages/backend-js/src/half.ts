/**
 * Fast conversions between doubles and the 16 bits of an `f16`, equal to the plain ones of
 * `@blk/core` for every input: they run once per element of every f16 operand.
 */

// All 65536 numbers, 256 KiB: three times as fast as computing them, and never written again.
const values: Float32Array = /* @__PURE__ */ allValues();

/** The number that 16 bits stand for: exact. */
export function decodeHalf(bits: number): number {
  return values[bits]!;
}

/**
 * The bits of the `f16` nearest to `value`, ties to even, rounded once from the double: going
 * through an f32 would round twice. Overflow gives infinity, NaN the quiet NaN 0x7e00.
 *
 * No branch depends on a digit or, but for tiny numbers, on the sign: none could predict them.
 */
export function encodeHalf(value: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude < 65536)) return Number.isNaN(value) ? 0x7e00 : value < 0 ? 0xfc00 : 0x7c00;
  if (magnitude < 2 ** -14) {
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    return sign | roundToEven(magnitude * 2 ** 24);
  }
  // A whole number of 1 to 30 bits with the sign of the value; its highest bit tells the exponent.
  const whole = (value * 2 ** 14) | 0;
  const highest = 31 - Math.clz32(Math.abs(whole));
  const significand = roundToEven(magnitude * 2 ** -5 * (1 << (29 - highest)));
  // Rounding up to 2048 carries into the exponent, up to infinity, which is what should happen.
  return ((whole >> 16) & 0x8000) | ((highest << 10) + significand);
}

/** The integer nearest to 0 ≤ x < 2³¹, ties to even: at 2⁵² doubles are one apart. */
function roundToEven(x: number): number {
  return (x + 2 ** 52 - 2 ** 52) | 0;
}

function allValues(): Float32Array {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) table[bits] = decode(bits);
  return table;
}

function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent < 31) return sign * 2 ** -25 * (1024 + fraction) * 2 ** exponent;
  return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
}
