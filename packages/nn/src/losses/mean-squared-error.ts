import { expr } from "@blk/core";
import { reduce } from "../ops/reduce.js";
import { operandOf, type Value, type Variable } from "../variable.js";
import { pairedElements } from "./paired-elements.js";

/**
 * The mean of (prediction − target)² over all elements, 1×1: one pass forward, one backward.
 * Throws `SHAPE` unless both have the same shape, or one is repeated; `DTYPE` for different types.
 *
 * ```ts
 * const loss = meanSquaredError(model.forward(x), y);
 * ```
 */
export function meanSquaredError(prediction: Value, target: Value): Variable {
  const [x, y] = [prediction, target].map((one) => operandOf("meanSquaredError", one)) as [
    Variable,
    Variable,
  ];
  const count = pairedElements("meanSquaredError", x, y);
  return reduce([x, y], {
    label: "meanSquaredError",
    op: "sum",
    expr: (x, y) => {
      const difference = expr.sub(x, y);
      return expr.div(expr.mul(difference, difference), count);
    },
  });
}
