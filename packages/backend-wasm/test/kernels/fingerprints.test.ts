import { type Expr, expr } from "@blk/core";
import { expect, test } from "vitest";
import {
  around,
  between,
  computed,
  everyExponent,
  type FloatType,
  specials,
  x,
  y,
} from "./accuracy.js";

/** A number for a list of numbers, as sensitive to their bits as to their order (FNV-1a). */
function fingerprint(numbers: readonly number[]): string {
  // The bits of NaN are the engine's choice.
  const doubles = Float64Array.from(numbers, (value) => (Number.isNaN(value) ? 12345 : value));
  const hash = new Uint8Array(doubles.buffer).reduce(
    (state, byte) => Math.imul(state ^ byte, 0x01000193),
    0x811c9dc5,
  );
  return (hash >>> 0).toString(16);
}

function pointsOf(type: FloatType): number[] {
  return [
    ...specials,
    ...everyExponent(type),
    ...between(type, -1, 1, 2000),
    ...between(type, -9, 9, 20000),
    ...between(type, -750, 750, 2000),
    ...between("f32", -(2 ** -28), 2 ** -28, 1000),
    ...between(type, 1 - 2 ** -20, 1 + 2 ** -20, 1000),
    ...around(type, 2 ** -28, Math.LN2 / 2, Math.LN2 * 1.5, 0.625, 0.84375, 1, 1.25, 2, 22),
  ];
}

// Recorded with V8 11.3. In f64, those of exp, log and erf are also those of its Math.exp, Math.log
// and core's erf, and so of fdlibm.
test.each<[FloatType, string, Expr, string]>([
  ["f32", "exp", expr.exp(x), "12f74f23"],
  ["f32", "log", expr.log(x), "3b23e7e6"],
  ["f32", "tanh", expr.tanh(x), "7c933e5e"],
  ["f32", "erf", expr.erf(x), "4453ee99"],
  ["f32", "pow", expr.pow(expr.abs(x), y), "112d3114"],
  ["f64", "exp", expr.exp(x), "9d95935b"],
  ["f64", "log", expr.log(x), "1e64891b"],
  ["f64", "tanh", expr.tanh(x), "351b04fb"],
  ["f64", "erf", expr.erf(x), "8d7ae6af"],
  ["f64", "pow", expr.pow(expr.abs(x), y), "c9a768cb"],
])("%s %s has the same bits on every engine", (type, _, expression, expected) => {
  const points = pointsOf(type);
  const results = computed(type, expression, points, [...points].reverse());
  expect(fingerprint(results)).toBe(expected);
});
