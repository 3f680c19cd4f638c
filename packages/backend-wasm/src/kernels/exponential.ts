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
import { constants, type FloatType, type Vector } from "./vector.js";

/**
 * eˣ in every lane, within 2 ulp (f32) and 1 ulp (f64): x = k·ln 2 + r with |r| ≤ ½ ln 2. 2ᵏ is
 * applied in two halves, so that subnormal results and those next to overflow come out; NaN stays
 * NaN.
 */
export function exponential(f: FunctionBuilder, type: FloatType, x: Vector): Local<"v128"> {
  return type === "f32" ? single(f, x) : double(f, x);
}

/** Source: S. L. Moshier, Cephes Mathematical Library 2.2 (1992), expf. */
function single(f: FunctionBuilder, x: Vector): Local<"v128"> {
  const { add, sub, mul, pmin, pmax } = f32x4;
  const s = constants(f, "f32");
  // Beyond, results are 0 or ∞. These forms of min and max give their first operand if it is NaN.
  const r = f.hold(pmax(pmin(x, s(89)), s(-104)));
  // So large a number leaves no room for a fraction, and k + 254 in the lowest bits.
  const large = 1.5 * 2 ** 23 + 254;
  const shifted = f.hold(add(mul(r, s(Math.LOG2E)), s(large)));
  const k = f.hold(sub(shifted, s(large)));
  f.set(r, sub(sub(r, mul(k, s(0.693359375))), mul(k, s(-2.12194440054690583e-4))));
  const tail = polynomial(f, "f32", r, singleTail);
  const power = f.hold(add(add(mul(mul(tail, r), r), r), s(1)));
  const half = f.hold(i32x4.shrU(shifted, 1));
  const scaled = mul(power, i32x4.shl(half, 23));
  f.set(power, mul(scaled, i32x4.shl(i32x4.sub(shifted, half), 23)));
  return power;
}

/** (eʳ − 1 − r) / r² */
const singleTail = [
  5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3,
  1.98756915e-4,
];

/**
 * The steps of fdlibm, to the last bit, as in many JavaScript engines. Source: Sun Microsystems'
 * fdlibm 5.3, e_exp.c (1993).
 */
function double(f: FunctionBuilder, given: Vector): Local<"v128"> {
  const { abs, add, sub, mul, div, pmin, pmax, lt, eq, trunc } = f64x2;
  const s = constants(f, "f64");
  const x = f.hold(pmax(pmin(given, s(710)), s(-746)));
  const { k, high, low } = reduceByLn2(f, x);
  const r = f.hold(sub(high, low));
  const square = f.hold(mul(r, r));
  const c = f.hold(sub(r, mul(square, polynomial(f, "f64", square, exponentialTail))));
  const rest = sub(sub(low, div(mul(r, c), sub(s(2), c))), high);
  const power = f.hold(sub(s(1), rest));
  f.set(power, v128.bitselect(add(s(1), x), power, lt(abs(x), s(2 ** -28))));
  const half = f.hold(trunc(mul(k, s(0.5))));
  f.set(power, mul(mul(power, powerOfTwo(f, half)), powerOfTwo(f, sub(k, half))));
  // Where fdlibm is off by almost an ulp, engines that use it correct it.
  f.set(power, v128.bitselect(s(Math.E), power, eq(x, s(1))));
  return power;
}

/** By r²: 1/6, −1/360, 1/15120, … but for what best approximates 2r / (eʳ − 1) + r near 0. */
export const exponentialTail: readonly number[] = [
  1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5,
  -1.6533902205465251539e-6, 4.13813679705723846039e-8,
];

/** Doubles x as k·ln 2 + (high − low), where high is exact, and k is 0 up to ½ ln 2. */
export function reduceByLn2(
  f: FunctionBuilder,
  x: Local<"v128">,
): Readonly<Record<"k" | "high" | "low", Local<"v128">>> {
  const { abs, add, sub, mul, ge, trunc } = f64x2;
  const s = constants(f, "f64");
  const half = v128.or(v128.and(x, s(-0)), s(0.5));
  const nearest = trunc(add(mul(x, s(Math.LOG2E)), half));
  const k = f.hold(v128.and(nearest, ge(abs(x), f.constant(i64x2.splat(halfOfLn2)))));
  const high = f.hold(sub(x, mul(k, s(6.9314718036912381649e-1))));
  const low = f.hold(mul(k, s(1.90821492927058770002e-10)));
  return { k, high, low };
}

/** ½ ln 2 rounded up to 21 binary digits, which is where fdlibm looks no further. */
const halfOfLn2 = 0x3fd62e4300000000n;

/** 2ᵏ of whole doubles from −1022 to 1023. */
export function powerOfTwo(f: FunctionBuilder, k: Vector): Vector {
  // So large a number leaves no room for a fraction, and the exponent's bits in the lowest.
  return i64x2.shl(f64x2.add(k, constants(f, "f64")(1.5 * 2 ** 52 + 1023)), 52);
}
