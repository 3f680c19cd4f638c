import { type FunctionBuilder, type Local, v128 } from "../assembler/index.js";
import { exponential } from "./exponential.js";
import { polynomial } from "./polynomial.js";
import { constants, type FloatType, type Vector, vectorsOf } from "./vector.js";

/**
 * tanh x in every lane, within 2 ulp; NaN stays NaN, and −0 is −0. Below 0.625 it is an odd
 * polynomial (f32) or quotient (f64), beyond 1 − 2/(e^2|x| + 1) with the sign of x.
 *
 * Source: S. L. Moshier, Cephes Mathematical Library 2.2 (1992), tanhf and tanh.
 */
export function hyperbolicTangent(
  f: FunctionBuilder,
  type: FloatType,
  given: Vector,
): Local<"v128"> {
  const { abs, add, sub, mul, div, lt } = vectorsOf(type);
  const s = constants(f, type);
  const x = f.hold(given);
  const size = f.hold(abs(x));
  const power = exponential(f, type, add(size, size));
  const far = sub(s(1), div(s(2), add(power, s(1))));
  const square = f.hold(mul(x, x));
  const near = add(size, mul(mul(size, square), slope(f, type, square)));
  const positive = v128.bitselect(near, far, lt(size, s(0.625)));
  return f.hold(v128.or(positive, v128.and(x, s(-0))));
}

/** (tanh x − x) / x³ by x² */
function slope(f: FunctionBuilder, type: FloatType, square: Local<"v128">): Vector {
  if (type === "f32") return polynomial(f, type, square, singleSlope);
  const { div } = vectorsOf(type);
  return div(polynomial(f, type, square, slopeP), polynomial(f, type, square, slopeQ));
}

const singleSlope = [
  -3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3,
];
const slopeP = [-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1];
const slopeQ = [4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1];
