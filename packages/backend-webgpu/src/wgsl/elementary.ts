import type { FunctionName, LibraryFunction } from "./functions.js";
import { polynomial } from "./polynomial.js";

/**
 * √, exp, ln, tanh and erf from multiplications and additions: WGSL promises too little of its own.
 * NaN stays NaN, where the device keeps it.
 */
export const elementary: Pick<
  Record<FunctionName, LibraryFunction>,
  | "square_root"
  | "two_to_the"
  | "exponential"
  | "logarithm"
  | "hyperbolic_tangent"
  | "error_function"
> = {
  /** Within 1 ulp: a step of Newton's method mends what WGSL allows. */
  square_root: {
    code: `fn square_root(x: f32) -> f32 {
  let root = sqrt(x);
  // Not beside 0, ∞ and NaN.
  let isCommon = x > 1e-30 && x < 1e38;
  return select(root, root + 0.5 * (x - root * root) / root, isCommon);
}`,
  },
  /** 2ᵏ·x for −150 ≤ k ≤ 250, by halves, so that subnormal results come out. */
  two_to_the: {
    code: `fn two_to_the(k: i32, x: f32) -> f32 {
  let half = k >> 1u;
  return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((k - half + 127) << 23u);
}`,
  },
  /**
   * Within 2 ulp: x = k·ln 2 + r with |r| ≤ ½ ln 2. `fma`, and k by way of an integer where it is used
   * again, keep compilers from joining the two parts of ln 2: Mesa's makes a·x + b·x to (a + b)·x. Source: S. L. Moshier, Cephes Mathematical Library 2.2 (1992), expf.
   */
  exponential: {
    calls: ["two_to_the", "is_nan"],
    code: `fn exponential(x: f32) -> f32 {
  // Beyond, results are 0 or ∞.
  let bounded = clamp(x, -104.0, 89.0);
  let k = floor(bounded * 1.44269504 + 0.5);
  let whole = i32(k);
  let r = fma(f32(whole), 2.12194440054690583e-4, fma(k, -0.693359375, bounded));
  let tail = ${polynomial(
    "r",
    [
      5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3,
      1.98756915e-4,
    ],
  )};
  let power = two_to_the(whole, tail * r * r + r + 1.0);
  return select(power, x, is_nan(x));
}`,
  },
  /**
   * Within 2 ulp: x = m·2ᵏ with m from √½ to √2, and ln m from that of 1 + (m − 1). ln 0 = −∞, of
   * negative numbers it is NaN. Source: Cephes, logf.
   */
  logarithm: {
    calls: ["from_bits", "is_nan"],
    code: `fn logarithm(x: f32) -> f32 {
  if (is_nan(x) || x < 0.0) { return from_bits(0x7fc00000u); }
  if (x == 0.0) { return from_bits(0xff800000u); }
  if (bitcast<u32>(x) == 0x7f800000u) { return x; }
  let isTiny = bitcast<u32>(x) < 0x800000u;
  let bits = bitcast<i32>(select(x, x * 8388608.0, isTiny));
  // The bits of √½ below those of a number leave its exponent, and vice versa its mantissa.
  let exponent = (bits - 0x3f3504f3) >> 23u;
  let r = bitcast<f32>(bits - (exponent << 23u)) - 1.0;
  let k = f32(exponent) - select(0.0, 23.0, isTiny);
  let square = r * r;
  let tail = ${polynomial(
    "r",
    [
      3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1,
      -1.2420140846e-1, 1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
    ],
  )};
  let small = fma(square, -0.5, fma(k, -2.12194440054690583e-4, r * square * tail));
  return fma(k, 0.693359375, r + small);
}`,
  },
  /**
   * Within 2 ulp: an odd polynomial below 0.625, beyond 1 − 2/(e^2|x| + 1) with the sign of x.
   * Source: Cephes, tanhf.
   */
  hyperbolic_tangent: {
    calls: ["exponential", "is_nan"],
    code: `fn hyperbolic_tangent(x: f32) -> f32 {
  let size = abs(x);
  let square = x * x;
  let slope = ${polynomial(
    "square",
    [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3],
  )};
  if (size < 0.625) { return x + x * square * slope; }
  // From 10 on, tanh is 1 to the last digit.
  let far = 1.0 - 2.0 / (exponential(2.0 * min(size, 10.0)) + 1.0);
  return select(select(far, -far, x < 0.0), x, is_nan(x));
}`,
  },
  /** Within 2 ulp: near 0 an odd polynomial, beyond 1 − e^−p(|x|) with the sign of x. */
  error_function: {
    calls: ["exponential", "is_nan"],
    code: `fn error_function(x: f32) -> f32 {
  // From 4 on, erf is 1 to the last digit.
  let size = min(abs(x), 4.0);
  let square = size * size;
  let slope = ${polynomial(
    "square",
    [0.12837915, -0.376125, 0.11281877, -0.026768582, 0.0049958592, -0.0006003842],
  )};
  // The small part of a tiny number is flushed to 0.
  if (size < 1e-30) { return x * 1.12837917; }
  if (size < 0.921875) { return x + x * slope; }
  let exponent = ${polynomial(
    "size",
    [0.12851436, 0.6357183, 0.10526191, -0.022890022, 0.0032149788, -0.00021398836],
  )};
  let far = 1.0 - exponential(-(size + size * exponent));
  return select(select(far, -far, x < 0.0), x, is_nan(x));
}`,
  },
};
