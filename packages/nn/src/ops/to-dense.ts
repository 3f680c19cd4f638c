import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** `toDense` of `@blk/core`. The gradient is that of the blocks that are present. */
export function toDense(a: Value): Variable {
  const input = asVariable(a);
  // The pass itself drops what lies in blocks that the input lacks.
  return record("toDense", [input], core.toDense(input.value), (gradient) => [gradient]);
}
