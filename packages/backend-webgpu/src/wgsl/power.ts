import type { LibraryFunction } from "./functions.js";
import { polynomial } from "./polynomial.js";

/**
 * xʸ within 2 ulp as ECMAScript's `**`: 2^(y·log₂|x|) with a logarithm of about 35 digits, whose
 * parts have few enough that products are exact. Source: Sun Microsystems' fdlibm 5.3, e_powf.c
 * (I. L. Taylor, 1993), with the constants of FreeBSD.
 */
export const power: LibraryFunction = {
  calls: ["two_to_the", "from_bits", "is_nan"],
  code: `fn upper_digits(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }

/* log₂x of x > 0 in two parts, the first of 12 digits. */
fn logarithm_of_two(x: f32) -> vec2<f32> {
  let isTiny = bitcast<u32>(x) < 0x800000u;
  let bits = bitcast<i32>(select(x, x * 8388608.0, isTiny));
  let fraction = bits & 0x7fffff;
  var n = (bits >> 23u) - 127 - select(0, 23, isTiny);
  // Near 1, 1.5 or 2, where log₂ is that of a number near 1, and something that is known.
  let isMiddle = fraction > 0x1cc471 && fraction < 0x5db3d7;
  var m = bitcast<f32>(fraction | 0x3f800000);
  if (fraction >= 0x5db3d7) { n = n + 1; m = m * 0.5; }
  let center = select(1.0, 1.5, isMiddle);
  // t = (m − center) / (m + center) in two parts.
  let u = m - center;
  let inverse = 1.0 / (m + center);
  let t = u * inverse;
  let t_high = upper_digits(t);
  let sum_high = upper_digits(m + center);
  let sum_low = m - (sum_high - center);
  let t_low = inverse * ((u - t_high * sum_high) - t_high * sum_low);
  // ln of m / center is 2t + ⅔t³ + …, of which 3 + t² + … is taken in two parts.
  let t2 = t * t;
  let series = t2 * t2 * ${polynomial(
    "t2",
    [
      6.0000002384e-1, 4.2857143283e-1, 3.3333334327e-1, 2.7272811532e-1, 2.3066075146e-1,
      2.0697501302e-1,
    ],
  )};
  let tail = series + t_low * (t_high + t);
  let square = t_high * t_high;
  let factor_high = upper_digits(3.0 + square + tail);
  let factor_low = tail - ((factor_high - 3.0) - square);
  let large = t_high * factor_high;
  let small = t_low * factor_high + factor_low * t;
  let ln_high = upper_digits(large + small);
  let ln_low = small - (ln_high - large);
  // Times 2 / (3 ln 2), and the logarithm of the center and n added.
  let z_high = 9.6191406250e-1 * ln_high;
  let z_low = -1.1736857402e-4 * ln_high + ln_low * 9.6179670095e-1
    + select(0.0, 1.56322085e-6, isMiddle);
  let center_high = select(0.0, 5.84960938e-1, isMiddle);
  let whole = f32(n);
  let high = upper_digits(((z_high + z_low) + center_high) + whole);
  return vec2<f32>(high, z_low - (((high - whole) - center_high) - z_high));
}

/* xʸ for 0 < x < ∞. */
fn positive_power(x: f32, y: f32) -> f32 {
  let log = logarithm_of_two(x);
  // Of larger exponents, results are 0, 1 or ∞ all the same.
  let bounded = clamp(y, -1e12, 1e12);
  let y_high = upper_digits(bounded);
  let high = y_high * log.x;
  let low = (bounded - y_high) * log.x + bounded * log.y;
  let z = high + low;
  if (z >= 129.0) { return from_bits(0x7f800000u); }
  if (z < -151.0) { return 0.0; }
  let k = floor(z + 0.5);
  let r = 0.693147181 * ((high - k) + low);
  let tail = ${polynomial(
    "r",
    [
      5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3,
      1.98756915e-4,
    ],
  )};
  return two_to_the(i32(k), tail * r * r + r + 1.0);
}

fn power(x: f32, y: f32) -> f32 {
  let nan = from_bits(0x7fc00000u);
  let infinity = from_bits(0x7f800000u);
  let size = abs(x);
  let isEndless = bitcast<u32>(abs(y)) == 0x7f800000u;
  if (y == 0.0) { return 1.0; }
  if (is_nan(x) || is_nan(y) || (isEndless && size == 1.0)) { return nan; }
  let isWhole = isEndless || floor(y) == y;
  let isOdd = isWhole && !isEndless && floor(0.5 * y) != 0.5 * y;
  let isBounded = bitcast<u32>(size) < 0x7f800000u;
  if (x < 0.0 && isBounded && !isWhole) { return nan; }
  var result = 0.0;
  if (size == 0.0 || !isBounded) {
    result = select(0.0, infinity, (size == 0.0) == (y < 0.0));
  } else {
    result = positive_power(size, y);
  }
  let sign = select(0u, bitcast<u32>(x) & 0x80000000u, isOdd);
  return bitcast<f32>(bitcast<u32>(result) | sign);
}`,
};
