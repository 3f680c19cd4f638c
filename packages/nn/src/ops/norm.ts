import * as core from "@blk/core";
import { expr } from "@blk/core";
import { patternOption } from "../pattern-option.js";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";
import { map } from "./map.js";
import { overBlocks } from "./over-blocks.js";

/** The Euclidean norm, as `norm` of `@blk/core`. At zero, where it has no gradient, that is 0. */
export function norm(a: Value, options: core.ReduceOptions = {}): Variable {
  const input = asVariable(a);
  const spread = (x: Variable): Variable => (options.per === "block" ? overBlocks(x, [input]) : x);
  const output: Variable = record("norm", [input], core.norm(input.value, options), (gradient) => [
    map(
      [input, spread(gradient), spread(output)],
      (x, g, length) => expr.select(expr.equal(length, 0), 0, expr.mul(g, expr.div(x, length))),
      { dtype: input.dtype, ...patternOption(input) },
    ),
  ]);
  return output;
}
