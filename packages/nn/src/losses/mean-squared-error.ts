import { expr } from "@blk/core";
import { reduce } from "../ops/reduce.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/**
 * The mean of (prediction − target)² over all elements, 1×1: one pass forward, one backward.
 * Throws `SHAPE` unless both have the same shape, or one is repeated.
 *
 * ```ts
 * const loss = meanSquaredError(model.forward(x), y);
 * ```
 */
export function meanSquaredError(prediction: Value, target: Value): Variable {
  const [x, y] = [asVariable(prediction), asVariable(target)];
  const count = Math.max(x.rows, y.rows) * Math.max(x.cols, y.cols);
  return reduce([x, y], {
    label: "meanSquaredError",
    op: "sum",
    expr: (x, y) => {
      const difference = expr.sub(x, y);
      return expr.div(expr.mul(difference, difference), count);
    },
  });
}
