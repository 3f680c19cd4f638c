import {
  type FunctionBuilder,
  f32x4,
  f64x2,
  i8x16,
  i64x2,
  type Local,
  type Value,
  v128,
} from "../assembler/index.js";
import { exponential, exponentialTail, powerOfTwo } from "./exponential.js";
import { highWord, logarithm, splitDouble } from "./logarithm.js";
import { polynomial } from "./polynomial.js";
import { constants, type FloatType, type Vector, vectorsOf } from "./vector.js";

/**
 * xʸ in every lane, within 1 ulp, as ECMAScript's `**`:
 *
 * | x | y | xʸ |
 * |---|---|---|
 * | any, NaN too | 0 | 1 |
 * | any | NaN | NaN |
 * | ±1 | ±∞ | NaN |
 * | < 0, finite | no whole number, finite | NaN |
 * | < 0, −0 | odd | −\|x\|ʸ |
 * | else | | \|x\|ʸ |
 */
export function power(f: FunctionBuilder, type: FloatType, x: Vector, y: Vector): Local<"v128"> {
  const { abs, mul, floor, eq, ne, lt } = vectorsOf(type);
  const s = constants(f, type);
  const base = f.hold(x);
  const exponent = f.hold(y);
  const size = f.hold(abs(base));
  const result = type === "f32" ? singlePower(f, size, exponent) : doublePower(f, size, exponent);
  const isFractional = f.hold(ne(floor(exponent), exponent));
  const isNegative = lt(base, s(0));
  const isBounded = lt(size, s(Number.POSITIVE_INFINITY));
  const isUndefined = v128.and(v128.and(isNegative, isBounded), isFractional);
  f.set(result, v128.bitselect(s(Number.NaN), result, isUndefined));
  const half = f.hold(mul(exponent, s(0.5)));
  const isOdd = v128.andnot(ne(floor(half), half), isFractional);
  f.set(result, v128.or(result, v128.and(v128.and(base, s(-0)), isOdd)));
  f.set(result, v128.bitselect(s(1), result, eq(exponent, s(0))));
  return result;
}

/** xʸ for x ≥ 0, or NaN, as e^(y·ln x) in f64, which has digits enough for f32. */
function singlePower(f: FunctionBuilder, x: Local<"v128">, y: Local<"v128">): Local<"v128"> {
  const { promoteLowF32x4, mul } = f64x2;
  const half = (base: Vector, exponent: Vector): Local<"v128"> => {
    const product = mul(promoteLowF32x4(exponent), logarithm(f, "f64", promoteLowF32x4(base)));
    const value = exponential(f, "f64", product);
    return f.hold(f32x4.demoteF64x2Zero(value));
  };
  const lower = half(x, y);
  const upper = half(upperHalf(x), upperHalf(y));
  return f.hold(
    i8x16.shuffle(lower, upper, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]),
  );
}

/** xʸ for x ≥ 0, or NaN; 1 to the power of ±∞ is NaN. */
function doublePower(f: FunctionBuilder, x: Local<"v128">, y: Local<"v128">): Local<"v128"> {
  const { abs, add, sub, mul, lt, gt, ge, eq, ne, trunc } = f64x2;
  const s = constants(f, "f64");
  const { high, low } = logarithmOfTwo(f, x);
  // What y·log₂x is, roughly: enough to tell where the power is 0, ∞ or NaN.
  const atZero = v128.bitselect(s(Number.NEGATIVE_INFINITY), high, eq(x, s(0)));
  const rough = v128.bitselect(x, atZero, eq(x, s(Number.POSITIVE_INFINITY)));
  const extreme = f.hold(mul(y, v128.bitselect(rough, x, eq(x, x))));
  // y·(high + low) in two parts, the first of them exact.
  const yHigh = f.hold(upperBits(f, y));
  const first = f.hold(mul(yHigh, high));
  const second = f.hold(add(mul(sub(y, yHigh), high), mul(y, low)));
  const z = f.hold(add(second, first));
  const half = v128.or(v128.and(z, s(-0)), s(0.5));
  const nearest = trunc(add(upperBits(f, z), half));
  const k = f.hold(v128.and(nearest, ge(abs(z), highWord(f, 0x3fe00001))));
  f.set(first, sub(first, k));
  const fraction = exponentialOfTwo(f, first, second);
  const halfK = f.hold(trunc(mul(k, s(0.5))));
  const power = mul(mul(fraction, powerOfTwo(f, halfK)), powerOfTwo(f, sub(k, halfK)));
  const limit = v128.and(gt(extreme, s(0)), s(Number.POSITIVE_INFINITY));
  const result = f.hold(v128.bitselect(power, limit, lt(abs(extreme), s(1100))));
  f.set(result, v128.bitselect(extreme, result, ne(extreme, extreme)));
  return result;
}

/** log₂x of finite x > 0 to about 70 digits: the upper bits of a double, and the rest. */
function logarithmOfTwo(
  f: FunctionBuilder,
  x: Local<"v128">,
): Readonly<Record<"high" | "low", Local<"v128">>> {
  const { add, sub, mul, div, lt, ge } = f64x2;
  const s = constants(f, "f64");
  const { mantissa, exponent } = splitDouble(f, x);
  // Near 1, 1.5 or 2, where log₂ is that of a number near 1, and something that is known.
  const isLow = lt(mantissa, highWord(f, 0x3ff3988f));
  const isHigh = f.hold(ge(mantissa, highWord(f, 0x3ffbb67a)));
  const isMiddle = f.hold(v128.not(v128.or(isLow, isHigh)));
  const n = f.hold(add(exponent, v128.and(isHigh, s(1))));
  const m = f.hold(v128.bitselect(mul(mantissa, s(0.5)), mantissa, isHigh));
  const center = f.hold(v128.bitselect(s(1.5), s(1), isMiddle));
  // t = (m − center) / (m + center) in two parts.
  const u = f.hold(sub(m, center));
  const inverse = f.hold(div(s(1), add(m, center)));
  const t = f.hold(mul(u, inverse));
  const tHigh = f.hold(upperBits(f, t));
  const shift = v128.and(isMiddle, f.constant(i64x2.splat(1n << 50n)));
  const rounded = i64x2.add(
    v128.or(i64x2.shrU(m, 1), f.constant(i64x2.splat(1n << 61n))),
    f.constant(i64x2.splat(1n << 51n)),
  );
  const sum = f.hold(upperBits(f, i64x2.add(rounded, shift)));
  const sumLow = sub(m, sub(sum, center));
  const tLow = f.hold(mul(inverse, sub(sub(u, mul(tHigh, sum)), mul(tHigh, sumLow))));
  // ln of m / center is 2t + ⅔t³ + …, of which 3 + t² + … is taken in two parts.
  const t2 = f.hold(mul(t, t));
  const series = mul(mul(t2, t2), polynomial(f, "f64", t2, logarithmTail));
  const tail = f.hold(add(series, mul(tLow, add(tHigh, t))));
  const square = f.hold(mul(tHigh, tHigh));
  const factor = f.hold(upperBits(f, add(add(s(3), square), tail)));
  const factorLow = f.hold(sub(tail, sub(sub(factor, s(3)), square)));
  const large = f.hold(mul(tHigh, factor));
  const small = f.hold(add(mul(tLow, factor), mul(factorLow, t)));
  const lnHigh = f.hold(upperBits(f, add(large, small)));
  const lnLow = sub(small, sub(lnHigh, large));
  // Times 2 / (3 ln 2), and the logarithm of the center and n added.
  const zHigh = f.hold(mul(s(9.61796700954437255859e-1), lnHigh));
  const product = add(
    mul(s(-7.02846165095275826516e-9), lnHigh),
    mul(lnLow, s(9.61796693925975554329e-1)),
  );
  const zLow = f.hold(add(product, v128.and(isMiddle, s(1.35003920212974897128e-8))));
  const centerHigh = f.hold(v128.and(isMiddle, s(5.84962487220764160156e-1)));
  const high = f.hold(upperBits(f, add(add(add(zHigh, zLow), centerHigh), n)));
  const low = f.hold(sub(zLow, sub(sub(sub(high, n), centerHigh), zHigh)));
  return { high, low };
}

const logarithmTail = [
  5.99999999999994648725e-1, 4.28571428578550184252e-1, 3.33333329818377432918e-1,
  2.72728123808534006489e-1, 2.30660745775561754067e-1, 2.06975017800338417784e-1,
];

/** 2^(first + second) of parts whose sum is at most about ½. */
function exponentialOfTwo(
  f: FunctionBuilder,
  first: Local<"v128">,
  second: Local<"v128">,
): Local<"v128"> {
  const { add, sub, mul, div } = f64x2;
  const s = constants(f, "f64");
  const t = f.hold(upperBits(f, add(second, first)));
  // Times ln 2, in two parts.
  const u = f.hold(mul(t, s(6.93147182464599609375e-1)));
  const rest = sub(second, sub(t, first));
  const v = f.hold(add(mul(rest, s(Math.LN2)), mul(t, s(-1.90465429995776804525e-9))));
  const r = f.hold(add(u, v));
  const w = f.hold(sub(v, sub(r, u)));
  const square = f.hold(mul(r, r));
  const c = f.hold(sub(r, mul(square, polynomial(f, "f64", square, exponentialTail))));
  const quotient = div(mul(r, c), sub(c, s(2)));
  const correction = add(w, mul(r, w));
  return f.hold(sub(s(1), sub(sub(quotient, correction), r)));
}

/** Doubles without the lower half of their bits: products of two such are exact. */
function upperBits(f: FunctionBuilder, x: Vector): Value<"v128"> {
  return v128.and(x, f.constant(i64x2.splat(0xffffffff00000000n)));
}

/** The upper half of a vector as the lower one. */
function upperHalf(x: Local<"v128">): Value<"v128"> {
  return i8x16.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
}
