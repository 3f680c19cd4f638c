import {
  type FunctionBuilder,
  f32x4,
  f64x2,
  i32x4,
  i64x2,
  type Local,
  v128,
} from "../assembler/index.js";
import { polynomial } from "./polynomial.js";
import { constants, type FloatType, type Vector, vectorsOf } from "./vector.js";

/**
 * ln x in every lane, within 2 ulp (f32) and 1 ulp (f64): x = m·2ᵏ with m about from √½ to √2, and
 * ln m from that of 1 + (m − 1). Subnormal numbers are scaled first. ln 0 = −∞, of negative numbers
 * and NaN it is NaN, ln ∞ = ∞.
 */
export function logarithm(f: FunctionBuilder, type: FloatType, given: Vector): Local<"v128"> {
  const { le, eq } = vectorsOf(type);
  const s = constants(f, type);
  const x = f.hold(given);
  const y = type === "f32" ? single(f, x) : double(f, x);
  f.set(y, v128.bitselect(x, y, eq(x, s(Number.POSITIVE_INFINITY))));
  f.set(y, v128.bitselect(s(Number.NEGATIVE_INFINITY), y, eq(x, s(0))));
  f.set(y, v128.bitselect(y, s(Number.NaN), le(s(0), x)));
  return y;
}

/** Source: S. L. Moshier, Cephes Mathematical Library 2.2 (1992), logf. */
function single(f: FunctionBuilder, x: Local<"v128">): Local<"v128"> {
  const { add, sub, mul, lt } = f32x4;
  const s = constants(f, "f32");
  const isTiny = f.hold(lt(x, s(2 ** -126)));
  const bits = f.hold(v128.bitselect(mul(x, s(2 ** 23)), x, isTiny));
  // The bits of √½ below those of a number leave its exponent, and vice versa its mantissa.
  const exponent = f.hold(i32x4.shrS(i32x4.sub(bits, f.constant(i32x4.splat(0x3f3504f3))), 23));
  const r = f.hold(sub(i32x4.sub(bits, i32x4.shl(exponent, 23)), s(1)));
  const k = f.hold(sub(f32x4.convertI32x4S(exponent), v128.and(isTiny, s(23))));
  const square = f.hold(mul(r, r));
  const y = f.hold(mul(mul(r, square), polynomial(f, "f32", r, singleTail)));
  f.set(y, add(y, mul(k, s(-2.12194440054690583e-4))));
  f.set(y, sub(y, mul(square, s(0.5))));
  f.set(y, add(add(r, y), mul(k, s(0.693359375))));
  return y;
}

/** (ln(1 + r) − r + r²/2) / r³ */
const singleTail = [
  3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1,
  -1.2420140846e-1, 1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
];

/**
 * The steps of fdlibm, to the last bit, as in many JavaScript engines: with t = r / (2 + r),
 * ln(1 + r) is that of (1 + t) / (1 − t), a series in t². Source: Sun Microsystems' fdlibm 5.3,
 * e_log.c (1993).
 */
function double(f: FunctionBuilder, x: Local<"v128">): Local<"v128"> {
  const { add, sub, mul, div, ge, lt } = f64x2;
  const s = constants(f, "f64");
  const { mantissa, exponent } = splitDouble(f, x);
  const isHigh = f.hold(ge(mantissa, highWord(f, 0x3ff6a09c)));
  const k = f.hold(add(exponent, v128.and(isHigh, s(1))));
  const halved = v128.bitselect(mul(mantissa, s(0.5)), mantissa, isHigh);
  const r = f.hold(sub(halved, s(1)));
  const high = mul(k, s(6.9314718036912381649e-1));
  const low = f.hold(mul(k, s(1.90821492927058770002e-10)));
  const t = f.hold(div(r, add(s(2), r)));
  const t2 = f.hold(mul(t, t));
  const t4 = f.hold(mul(t2, t2));
  const series = add(
    mul(t2, polynomial(f, "f64", t4, doubleTail.odd)),
    mul(t4, polynomial(f, "f64", t4, doubleTail.even)),
  );
  const tail = f.hold(series);
  // Three forms, each the best for some mantissas, of what is taken away from k·ln 2 + r.
  const square = f.hold(mul(r, r));
  const tiny = mul(square, sub(s(0.5), mul(s(1 / 3), r)));
  const isTiny = v128.or(
    lt(mantissa, highWord(f, 0x3ff00001)),
    ge(mantissa, highWord(f, 0x3ffffffe)),
  );
  const plain = sub(v128.bitselect(tiny, mul(t, sub(r, tail)), isTiny), low);
  const half = f.hold(mul(mul(s(0.5), r), r));
  const far = sub(half, add(mul(t, add(half, tail)), low));
  const isFar = v128.and(
    ge(mantissa, highWord(f, 0x3ff6147a)),
    lt(mantissa, highWord(f, 0x3ff6b852)),
  );
  return f.hold(sub(high, sub(v128.bitselect(far, plain, isFar), r)));
}

/** (ln(1 + r) / t − 2) / t² by t², its coefficients from the first on by turns. */
const doubleTail = {
  odd: [
    6.66666666666673513e-1, 2.857142874366239149e-1, 1.818357216161805012e-1,
    1.479819860511658591e-1,
  ],
  even: [3.999999999940941908e-1, 2.222219843214978396e-1, 1.531383769920937332e-1],
};

/** Doubles > 0, subnormal ones too, as mantissa·2^exponent with a mantissa in [1, 2). */
export function splitDouble(
  f: FunctionBuilder,
  x: Local<"v128">,
): Readonly<Record<"mantissa" | "exponent", Local<"v128">>> {
  const { sub, mul, lt } = f64x2;
  const s = constants(f, "f64");
  const isTiny = f.hold(lt(x, s(2 ** -1022)));
  const normal = f.hold(v128.bitselect(mul(x, s(2 ** 54)), x, isTiny));
  const fraction = v128.and(normal, f.constant(i64x2.splat(0x000fffffffffffffn)));
  const mantissa = f.hold(v128.or(fraction, s(1)));
  // Below the bits of 2⁵², those of the exponent count ones.
  const biased = sub(v128.or(i64x2.shrU(normal, 52), s(2 ** 52)), s(2 ** 52 + 1023));
  return { mantissa, exponent: f.hold(sub(biased, v128.and(isTiny, s(54)))) };
}

/** The double whose upper bits are given, and whose others are 0: where fdlibm looks no further. */
export function highWord(f: FunctionBuilder, bits: number): Vector {
  return f.constant(i64x2.splat(BigInt(bits) << 32n));
}
