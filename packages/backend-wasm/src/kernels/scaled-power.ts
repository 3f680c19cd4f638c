import { type FunctionBuilder, i32x4, i64x2, type Local } from "../assembler/index.js";
import { multiplyAddOf } from "./arithmetic.js";
import { type FloatType, splat, type Vector, vectorsOf } from "./vector.js";

/** Writes code that computes powers: step by step of all, so that none waits for its own. */
export type ScaledPowers = (exponents: readonly Vector[]) => readonly Local<"v128">[];

/** 2ʳ of several r. */
type PowersOfTwo = (r: readonly Vector[]) => readonly Vector[];

/**
 * Prepares code for `s·eˣ` of x ≤ 0, with a factor s that quotients of such powers do not contain:
 * 2²³ (f32) or 2⁵² (f64), by which the smallest subnormal numbers become normal. So only quotients
 * are rounded to subnormal numbers, and powers below those are 0, as is that of −∞; quotients that
 * would round to 0 would take engines long. NaN stays NaN.
 *
 * x·log₂e is k + r with a whole k and |r| ≤ ½, 2ʳ a polynomial within 3½·2⁻²⁴ (f32) or 1½·2⁻⁵³
 * (f64) of it, and 2ᵏ bits put together. x·log₂e is rounded, and so is log₂e, which adds up to
 * 1¼·|x|·2⁻²⁴ (2⁻⁵³) to the relative error: hardly more than rounding a difference to x does.
 */
export function prepareScaledPowers(
  f: FunctionBuilder,
  type: FloatType,
  fused: boolean,
): ScaledPowers {
  const multiplyAdd = multiplyAddOf(type, fused);
  const { add, sub, mul, pmax, nearest } = vectorsOf(type);
  const constant = (value: number): Local<"v128"> => f.hold(splat(type, value));
  const { least, large, shift } = formats[type];
  const [log2e, limit, bits] = [constant(Math.LOG2E), constant(least), constant(large)];
  const { shl } = type === "f32" ? i32x4 : i64x2;
  const each = (
    of: readonly Vector[],
    compute: (x: Vector, i: number) => Vector,
  ): Local<"v128">[] => of.map((x, i) => f.hold(compute(x, i)));
  const byHorner = (): PowersOfTwo => {
    const [top, ...rest] = polynomials[type].map(constant).reverse();
    return (r) =>
      rest.reduce<readonly Vector[]>(
        (sums, c) => each(sums, (sum, i) => multiplyAdd(r[i]!, sum, c)),
        r.map(() => top!),
      );
  };
  /** As many operations in half as long a chain, where a multiply-add is two of them. */
  const byFactors = (): PowersOfTwo => {
    const [one, c] = [constant(1), constant(factors.c)];
    const quadratics = factors.quadratics.map((each) => each.map(constant));
    return (r) => {
      const [first, second] = quadratics.map(([b, c]) => {
        const sums = each(r, (x) => add(x, b!));
        return each(r, (x, i) => add(mul(x, sums[i]!), c!));
      });
      const product = each(first!, (x, i) => mul(x, second![i]!));
      return each(r, (x, i) => add(mul(product[i]!, mul(x, c)), one));
    };
  };
  const powersOf = type === "f32" && !fused ? byFactors() : byHorner();
  return (exponents) => {
    // This form of a maximum gives its first operand where that is NaN.
    const t = each(exponents, (x) => pmax(mul(x, log2e), limit));
    const k = each(t, (x) => nearest(x));
    const r = each(t, (x, i) => sub(x, k[i]!));
    const scale = each(k, (x) => shl(add(x, bits), shift));
    const power = powersOf(r);
    return each(power, (x, i) => mul(x, scale[i]!));
  };
}

/**
 * `least` is the exponent of 2 that makes 0; `large` a number that leaves no room for a fraction,
 * so that adding it puts a whole number, and the exponent's bits of s, into the lowest bits, for
 * `least` all of them 0; `shift` brings them in place.
 */
const formats = {
  f32: { least: -150, large: 1.5 * 2 ** 23 + 150, shift: 23 },
  f64: { least: -1075, large: 1.5 * 2 ** 52 + 1075, shift: 52 },
} as const;

/** 2ʳ by r: minimax for the relative error, of f32 with each coefficient rounded to f32 in turn. */
const polynomials: Readonly<Record<FloatType, readonly number[]>> = {
  f32: [
    1, 0.6931470036506653, 0.24022246897220612, 0.0555071085691452, 0.009671291336417198,
    0.0013269521296024323,
  ],
  f64: [
    1,
    Math.LN2,
    0.24022650695910158,
    0.055504108664821625,
    0.009618129107587256,
    0.001333355814640647,
    0.00015403530463724353,
    1.5252733841556773e-5,
    1.3215432535912375e-6,
    1.0178057087733941e-7,
    7.074194297288521e-9,
    4.4558179083360645e-10,
  ],
};

/**
 * The same of f32 as 1 + c·r·(r² + b₁·r + c₁)·(r² + b₂·r + c₂), rounded to f32 and moved by a few
 * roundings to where the largest error is least.
 */
const factors = {
  c: 0.0013264708686619997,
  quadratics: [
    [-0.5121278762817383, 24.601999282836914],
    [7.803293228149414, 21.24013328552246],
  ],
} as const;
