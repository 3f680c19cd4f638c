import * as core from "@blk/core";
import { expr } from "@blk/core";
import { patternOption } from "../pattern-option.js";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";
import { div } from "./elementwise.js";
import { map } from "./map.js";
import { sum } from "./reduce.js";

/** The arithmetic mean, as `mean` of `@blk/core`. */
export function mean(a: Value, options: core.ReduceOptions = {}): Variable {
  const input = asVariable(a);
  const { per = "matrix", absent = "zero", dtype } = options;
  const countsPresent = absent === "skip" && input.value.isSparse;
  if (per === "block" || countsPresent) {
    const present = countsPresent ? patternOption(input) : {};
    const ones = core.map(input.value, () => expr.constant(1), present);
    const counts = core.sum(ones, { per, absent });
    ones.dispose();
    return div(sum(input, options), counts, dtype === undefined ? {} : { dtype });
  }
  const { rows, cols } = input;
  const count = per === "row" ? cols : per === "column" ? rows : rows * cols;
  return record("mean", [input], core.mean(input.value, options), (gradient) => [
    map([gradient, input], (g) => expr.div(g, count), {
      dtype: input.dtype,
      ...patternOption(input),
    }),
  ]);
}
