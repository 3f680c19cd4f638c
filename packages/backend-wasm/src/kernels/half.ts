import {
  type FunctionBuilder,
  f32x4,
  i16x8,
  i32x4,
  i64x2,
  type Local,
  v128,
} from "../assembler/index.js";
import type { Vector } from "./vector.js";

/**
 * Four f16 in the lower half of a vector as four f32, exactly. The exponent and fraction of a half
 * are those of a single shifted by 13 bits and scaled by 2⁻¹¹²; the multiplication by 2¹¹² also
 * makes subnormal halves normal.
 */
export function halvesToSingles(f: FunctionBuilder, halves: Vector): Local<"v128"> {
  const given = f.hold(i32x4.extendLowI16x8U(halves));
  const magnitude = f.hold(i32x4.shl(v128.and(given, bits(f, 0x7fff)), 13));
  const scaled = f32x4.mul(magnitude, f.constant(f32x4.splat(2 ** 112)));
  // Exponent 31 means infinity or NaN, not a number.
  const isSpecial = i32x4.geU(magnitude, bits(f, 0x0f800000));
  const exponent = v128.and(isSpecial, bits(f, 0x7f800000));
  const sign = i32x4.shl(v128.and(given, bits(f, 0x8000)), 16);
  const singles = f.hold(v128.or(v128.or(scaled, exponent), sign));
  return singles;
}

/**
 * Four f32 as the f16 nearest to them, ties to even, in the lower half of the result; from 65520 on
 * infinity, NaN as 0x7e00.
 */
export function singlesToHalves(f: FunctionBuilder, singles: Vector): Local<"v128"> {
  const x = f.hold(singles);
  const magnitude = f.hold(v128.and(x, bits(f, 0x7fffffff)));
  // Below 2⁻¹⁴: in [½, 1) singles are spaced by 2⁻²⁴, as subnormal halves are, and are rounded so.
  const half = f.constant(f32x4.splat(0.5));
  const tiny = i32x4.sub(f32x4.add(magnitude, half), half);
  // Else: half of the unit that is dropped, less one unless what is kept is odd, carries upwards.
  const odd = v128.and(i32x4.shrU(magnitude, 13), bits(f, 1));
  const rounded = i32x4.add(i32x4.add(magnitude, bits(f, 0x0fff)), odd);
  const normal = i32x4.sub(i32x4.shrU(rounded, 13), bits(f, 112 << 10));
  const result = f.local("v128");
  f.set(result, v128.bitselect(tiny, normal, i32x4.ltS(magnitude, bits(f, 0x38800000))));
  const isLarge = i32x4.gtS(magnitude, bits(f, 0x477fefff));
  f.set(result, v128.bitselect(bits(f, 0x7c00), result, isLarge));
  f.set(result, v128.or(result, v128.and(i32x4.shrU(x, 16), bits(f, 0x8000))));
  f.set(result, v128.bitselect(bits(f, 0x7e00), result, f32x4.ne(x, x)));
  f.set(result, i16x8.narrowI32x4U(result, result));
  return result;
}

/**
 * Two f64 as the f16 nearest to them, in the lowest lanes, by way of f32 but rounded once: what an
 * f32 has no room for leaves a 1 in its last bit, far below the last bit of a half, where it
 * decides ties as the digits themselves would. Source: "rounding to odd", S. Boldo and
 * G. Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Computers 57(4), 2008.
 */
export function doublesToHalves(f: FunctionBuilder, doubles: Vector): Local<"v128"> {
  const x = f.hold(doubles);
  const dropped = f.constant(i64x2.splat((1n << 29n) - 1n));
  const carry = i64x2.add(v128.and(x, dropped), dropped);
  return singlesToHalves(f, f32x4.demoteF64x2Zero(v128.andnot(v128.or(x, carry), dropped)));
}

/** A word in all lanes. */
function bits(f: FunctionBuilder, word: number): Local<"v128"> {
  return f.constant(i32x4.splat(word));
}
