import * as core from "@blk/core";
import { expr } from "@blk/core";
import { patternOption } from "../pattern-option.js";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";
import { map } from "./map.js";
import { reduce } from "./reduce.js";

/** `softmax` of `@blk/core`. Its gradient y ∘ (g − Σ g∘y) takes a sum and a pass. */
export function softmax(a: Value, options: core.SoftmaxOptions = {}): Variable {
  const input = asVariable(a);
  const { per = "row" } = options;
  const output: Variable = record(
    "softmax",
    [input],
    core.softmax(input.value, options),
    (gradient) => {
      const shared = reduce([gradient, output], { op: "sum", per, expr: expr.mul });
      const slope = (g: core.Expr, y: core.Expr, s: core.Expr) => expr.mul(y, expr.sub(g, s));
      return [map([gradient, output, shared], slope, patternOption(output))];
    },
  );
  return output;
}
