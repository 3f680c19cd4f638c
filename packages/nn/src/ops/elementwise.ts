import { expr } from "@blk/core";
import type { Value, Variable } from "../variable.js";
import { type MapOptions, map } from "./map.js";

/** a + b; a size of 1 is repeated. Errors as {@link map}. */
export function add(a: Value, b: Value, options?: MapOptions): Variable {
  return map([a, b], expr.add, { label: "add", ...options });
}

/** a − b */
export function sub(a: Value, b: Value, options?: MapOptions): Variable {
  return map([a, b], expr.sub, { label: "sub", ...options });
}

/** a ∘ b, element by element. */
export function mul(a: Value, b: Value, options?: MapOptions): Variable {
  return map([a, b], expr.mul, { label: "mul", ...options });
}

/** a / b, element by element. */
export function div(a: Value, b: Value, options?: MapOptions): Variable {
  return map([a, b], expr.div, { label: "div", ...options });
}

/** The larger of a and b, element by element; where they are equal the gradient is that of `a`. */
export function maximum(a: Value, b: Value, options?: MapOptions): Variable {
  return map([a, b], expr.max, { label: "maximum", ...options });
}

/** The smaller of a and b, element by element; where they are equal the gradient is that of `a`. */
export function minimum(a: Value, b: Value, options?: MapOptions): Variable {
  return map([a, b], expr.min, { label: "minimum", ...options });
}

/** factor · a */
export function scale(a: Value, factor: number, options?: MapOptions): Variable {
  return map(a, (x) => expr.mul(factor, x), { label: "scale", ...options });
}
