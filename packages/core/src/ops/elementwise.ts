import type { BlockMatrix } from "../block-matrix.js";
import * as expr from "../expression/build.js";
import { type MapOptions, map } from "./map.js";

/** a + b; a size of 1 is repeated. Sparse if both are. Errors as {@link map}. */
export function add(a: BlockMatrix, b: BlockMatrix, options?: MapOptions): BlockMatrix {
  return map([a, b], expr.add, { label: "add", ...options });
}

/** a − b */
export function sub(a: BlockMatrix, b: BlockMatrix, options?: MapOptions): BlockMatrix {
  return map([a, b], expr.sub, { label: "sub", ...options });
}

/** a ∘ b, element by element. Sparse if either is. */
export function mul(a: BlockMatrix, b: BlockMatrix, options?: MapOptions): BlockMatrix {
  return map([a, b], expr.mul, { label: "mul", ...options });
}

/** a / b, element by element. Sparse if `a` is. */
export function div(a: BlockMatrix, b: BlockMatrix, options?: MapOptions): BlockMatrix {
  return map([a, b], expr.div, { label: "div", ...options });
}

/** The larger of a and b, element by element; NaN if either is. */
export function maximum(a: BlockMatrix, b: BlockMatrix, options?: MapOptions): BlockMatrix {
  return map([a, b], expr.max, { label: "maximum", ...options });
}

/** The smaller of a and b, element by element; NaN if either is. */
export function minimum(a: BlockMatrix, b: BlockMatrix, options?: MapOptions): BlockMatrix {
  return map([a, b], expr.min, { label: "minimum", ...options });
}

/** factor · a */
export function scale(a: BlockMatrix, factor: number, options?: MapOptions): BlockMatrix {
  return map(a, (x) => expr.mul(factor, x), { label: "scale", ...options });
}
