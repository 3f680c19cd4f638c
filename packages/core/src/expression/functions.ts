/** Functions in common use, written once as expressions: activations and their kin. */
import { abs, add, div, erf, exp, less, log, max, min, mul, neg, select, tanh } from "./build.js";
import type { Expr } from "./expression.js";

/** A function of one variable as an expression: what `activation` takes. */
export type Activation = (x: Expr) => Expr;

/** max(x, 0) */
export function relu(x: Expr): Expr {
  return max(x, 0);
}

/** x where x > 0, else slope·x */
export function leakyRelu(slope = 0.01): Activation {
  return (x) => select(less(x, 0), mul(slope, x), x);
}

/** 1 / (1 + e⁻ˣ), from e^−|x| so that neither it nor its derivative overflows. */
export function sigmoid(x: Expr): Expr {
  const t = exp(neg(abs(x)));
  return div(select(less(x, 0), t, 1), add(1, t));
}

/** x · sigmoid(x), also called swish. */
export function silu(x: Expr): Expr {
  return mul(x, sigmoid(x));
}

/** ln(1 + eˣ), in a form that does not overflow. */
export function softplus(x: Expr): Expr {
  return add(max(x, 0), log(add(1, exp(neg(abs(x))))));
}

/** x · Φ(x) with Φ the normal distribution: the exact form of Hendrycks & Gimpel (2016). */
export function gelu(x: Expr): Expr {
  return mul(mul(0.5, x), add(1, erf(mul(x, Math.SQRT1_2))));
}

/** The tanh approximation of {@link gelu} that many published networks use. */
export function geluTanh(x: Expr): Expr {
  const inner = mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, mul(x, x)))));
  return mul(mul(0.5, x), add(1, tanh(inner)));
}

/** x² */
export function square(x: Expr): Expr {
  return mul(x, x);
}

/** x limited to [low, high] */
export function clamp(low: number, high: number): Activation {
  return (x) => min(max(x, low), high);
}
