import * as core from "@blk/core";
import { expr } from "@blk/core";
import { patternOption } from "../pattern-option.js";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";
import { mul } from "./elementwise.js";
import { map } from "./map.js";
import { reduce, sum } from "./reduce.js";

/** `softmax` of `@blk/core`. Its gradient y ∘ (g − Σ g∘y) takes a sum and a pass. */
export function softmax(a: Value, options: core.SoftmaxOptions = {}): Variable {
  const input = asVariable(a);
  const { per = "row" } = options;
  const output: Variable = record(
    "softmax",
    [input],
    core.softmax(input.value, options),
    (gradient) => {
      // A sum of several block-sparse matrices takes the absent blocks as well; that of one does not.
      const shared = output.value.isSparse
        ? sum(mul(gradient, output), { per })
        : reduce([gradient, output], { op: "sum", per, expr: expr.mul });
      const slope = (g: core.Expr, y: core.Expr, s: core.Expr) => expr.mul(y, expr.sub(g, s));
      return [map([gradient, output, shared], slope, patternOption(output))];
    },
  );
  return output;
}
