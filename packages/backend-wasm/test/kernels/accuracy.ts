import { type Expr, expr } from "@blk/core";
import { map } from "../../src/map.js";
import { createTestWorkspace } from "../workspace.js";
import { type Exact, exactly, shifted } from "./high-precision.js";

export type FloatType = "f32" | "f64";

/** A generator of numbers from 0 to 1 (mulberry32): the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The values of an expression in every point, computed by a kernel of that type. */
export function computed(
  type: FloatType,
  expression: Expr,
  ...inputs: (readonly number[])[]
): number[] {
  const { workspace, upload, download } = createTestWorkspace();
  const count = inputs[0]?.length ?? 0;
  const out = upload([], type, 1, count);
  map(workspace, [{ inputs: inputs.map((x) => upload(x, type, 1, count)), out }], expression);
  return download(out);
}

/** Numbers of a type with every exponent, subnormal ones too, of both signs; several for each. */
export function everyExponent(type: FloatType, each = 4): number[] {
  const random = seeded(7);
  const { least, greatest, fraction } = formats[type];
  const numbers: number[] = [];
  for (let exponent = least; exponent <= greatest; exponent++) {
    const ulp = 2 ** -fraction;
    const mantissas = [1, 1 + ulp, 2 - ulp, ...Array.from({ length: each }, () => 1 + random())];
    for (const mantissa of mantissas) {
      // In two steps, for 2^exponent may be no double where the mantissa is not 1.
      const half = Math.trunc(exponent / 2);
      const x = mantissa * 2 ** half * 2 ** (exponent - half);
      numbers.push(rounded(type, x), rounded(type, -x));
    }
  }
  return numbers;
}

/** Numbers from `low` to `high`, as dense everywhere. */
export function between(type: FloatType, low: number, high: number, count: number): number[] {
  const random = seeded(count);
  return Array.from({ length: count }, () => rounded(type, low + (high - low) * random()));
}

/** A number and those beside it. */
export function around(type: FloatType, ...centers: readonly number[]): number[] {
  return centers.flatMap((center) => {
    const steps = type === "f32" ? new Int32Array(1) : new BigInt64Array(1);
    const floats = type === "f32" ? new Float32Array(steps.buffer) : new Float64Array(steps.buffer);
    floats[0] = center;
    const bits = BigInt(steps[0] ?? 0);
    return [-3n, -2n, -1n, 0n, 1n, 2n, 3n].map((offset) => {
      if (steps instanceof Int32Array) steps[0] = Number(bits + offset);
      else steps[0] = bits + offset;
      return floats[0] ?? 0;
    });
  });
}

export const specials: readonly number[] = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

export function rounded(type: FloatType, x: number): number {
  return type === "f32" ? Math.fround(x) : x;
}

/** The exponents of the smallest and the greatest numbers, and the digits after the first. */
const formats = {
  f32: { least: -149, greatest: 127, fraction: 23 },
  f64: { least: -1074, greatest: 1023, fraction: 52 },
} as const;

/** By how many units in the last place of the exact value a result is off. */
export function errorInUlps(type: FloatType, result: number, exact: Exact): number {
  if (Number.isNaN(result)) return Number.POSITIVE_INFINITY;
  const { least, greatest, fraction } = formats[type];
  const top = exact.exponent + exact.digits.toString(2).replace("-", "").length - 1;
  const ulp = Math.max(least, Math.min(top, greatest) - fraction);
  // Beyond the greatest number, infinity is right, and stands for the next power of two.
  const limit = { digits: 1n, exponent: greatest + 1 };
  const bounded = top > greatest ? withSign(limit, exact.digits < 0n) : exact;
  const value = Number.isFinite(result) ? exactly(result) : withSign(limit, result < 0);
  // In 64ths of an ulp, and rounded down.
  const scaled = (x: Exact): bigint => shifted(x.digits, x.exponent - ulp + 6);
  return Math.abs(Number(scaled(value) - scaled(bounded))) / 64;
}

function withSign({ digits, exponent }: Exact, isNegative: boolean): Exact {
  return { digits: isNegative ? -digits : digits, exponent };
}

/** The largest error in ulps, and where it is, of a function in points where it is finite. */
export function worstError(
  type: FloatType,
  results: readonly number[],
  exact: (index: number) => Exact,
): { readonly ulps: number; readonly index: number } {
  let worst = { ulps: 0, index: -1 };
  results.forEach((result, index) => {
    const ulps = errorInUlps(type, result, exact(index));
    if (!(ulps <= worst.ulps)) worst = { ulps, index };
  });
  return worst;
}

export const [x, y]: readonly [Expr, Expr] = [expr.input(0), expr.input(1)];
