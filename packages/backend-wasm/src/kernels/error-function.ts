import { type FunctionBuilder, f32x4, f64x2, type Local, v128 } from "../assembler/index.js";
import { exponential } from "./exponential.js";
import { polynomial } from "./polynomial.js";
import { constants, type FloatType, type Vector } from "./vector.js";

/** erf x in every lane, within 2 ulp (f32) and 1 ulp (f64); NaN stays NaN, and −0 is −0. */
export function errorFunction(f: FunctionBuilder, type: FloatType, x: Vector): Local<"v128"> {
  return type === "f32" ? single(f, x) : double(f, x);
}

/**
 * Near 0 an odd polynomial, beyond 1 − e^−p(|x|) with the sign of x: two polynomials instead of
 * the quotients that are usual, no more than minimax approximations need for f32.
 */
function single(f: FunctionBuilder, given: Vector): Local<"v128"> {
  const { abs, add, sub, mul, pmin, lt, neg } = f32x4;
  const s = constants(f, "f32");
  const x = f.hold(given);
  // From 4 on, erf is 1 to the last digit. This form of min gives its first operand if it is NaN.
  const size = f.hold(pmin(abs(x), s(4)));
  const exponent = add(size, mul(size, polynomial(f, "f32", size, singleExponent)));
  const complement = exponential(f, "f32", neg(exponent));
  const far = v128.or(sub(s(1), complement), v128.and(x, s(-0)));
  const square = f.hold(mul(x, x));
  const near = add(x, mul(x, polynomial(f, "f32", square, singleSlope)));
  return f.hold(v128.bitselect(near, far, lt(size, s(0.921875))));
}

/** (erf x − x) / x by x², from 0 to 0.92 */
const singleSlope = [0.12837915, -0.376125, 0.11281877, -0.026768582, 0.0049958592, -0.0006003842];

/** (−ln(1 − erf x) − x) / x by x, from 0.92 to 3.95, weighted with what it means for erf */
const singleExponent = [
  0.12851436, 0.6357183, 0.10526191, -0.022890022, 0.0032149788, -0.00021398836,
];

/**
 * As `erf` of `@blk/core`, with the same bits where the engine's exp has those of fdlibm. Source:
 * Sun Microsystems' fdlibm 5.3, s_erf.c (1993).
 */
function double(f: FunctionBuilder, given: Vector): Local<"v128"> {
  const { abs, add, mul, div, pmin, lt } = f64x2;
  const s = constants(f, "f64");
  const x = f.hold(given);
  const size = f.hold(pmin(abs(x), s(6)));
  const square = f.hold(mul(x, x));
  const slope = div(polynomial(f, "f64", square, nearP), polynomial(f, "f64", square, nearQ));
  const tiny = mul(x, s(1 + nearP[0]!));
  const erf = f.hold(add(x, mul(x, slope)));
  f.set(erf, v128.bitselect(tiny, erf, lt(size, s(2 ** -28))));
  const isFar = f.hold(v128.not(lt(size, s(0.84375))));
  f.if(v128.anyTrue(isFar), () => {
    const far = v128.or(farFromZero(f, size), v128.and(x, s(-0)));
    f.set(erf, v128.bitselect(far, erf, isFar));
  });
  return erf;
}

/** From 0.84375 to 6, where erf is 1 to the last digit. */
function farFromZero(f: FunctionBuilder, size: Local<"v128">): Vector {
  const { add, sub, mul, div, lt } = f64x2;
  const s = constants(f, "f64");
  const ratioOf = (x: Local<"v128">, p: readonly number[], q: readonly number[]): Vector =>
    div(polynomial(f, "f64", x, p), polynomial(f, "f64", x, q));
  const t = f.hold(sub(size, s(1)));
  const middle = f.hold(add(s(middleValue), ratioOf(t, middleP, middleQ)));
  const inverse = f.hold(div(s(1), mul(size, size)));
  const inner = f.hold(ratioOf(inverse, innerP, innerQ));
  const outer = ratioOf(inverse, outerP, outerQ);
  const ratio = f.hold(v128.bitselect(inner, outer, lt(size, s(1 / 0.35))));
  // e^−t² as e^−z²·e^(z−t)(z+t) with z the leading digits of t, so that z² is exact.
  const z = f.hold(f64x2.promoteLowF32x4(f32x4.demoteF64x2Zero(size)));
  const lead = exponential(f, "f64", sub(s(-0.5625), mul(z, z)));
  const rest = exponential(f, "f64", add(mul(sub(z, size), add(z, size)), ratio));
  const outside = sub(s(1), div(mul(lead, rest), size));
  return v128.bitselect(middle, outside, lt(size, s(1.25)));
}

const nearP = [
  1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2,
  -5.77027029648944159157e-3, -2.37630166566501626084e-5,
];
const nearQ = [
  1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3,
  1.32494738004321644526e-4, -3.9602282787753681232e-6,
];
const middleValue = 8.45062911510467529297e-1;
const middleP = [
  -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1,
  3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2,
  -2.166375594868790843e-3,
];
const middleQ = [
  1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2,
  1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.1984499846799107417e-2,
];
const innerP = [
  -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1,
  -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2,
  -8.12874355063065934246e1, -9.81432934416914548592,
];
const innerQ = [
  1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2,
  6.45387271733267880336e2, 4.29008140027567833386e2, 1.08635005541779435134e2,
  6.57024977031928170135, -6.04244152148580987438e-2,
];
const outerP = [
  -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1,
  -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3,
  -4.83519191608651397019e2,
];
const outerQ = [
  1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3,
  3.19985821950859553908e3, 2.55305040643316442583e3, 4.74528541206955367215e2,
  -2.24409524465858183362e1,
];
