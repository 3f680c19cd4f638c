import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** `restrict` of `@blk/core`. The gradient is zero outside of the blocks of `pattern`. */
export function restrict(a: Value, pattern: core.PatternLike): Variable {
  const input = asVariable(a);
  return record("restrict", [input], core.restrict(input.value, pattern), (gradient) => [gradient]);
}
