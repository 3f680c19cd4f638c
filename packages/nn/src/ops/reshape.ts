import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** `reshape` of `@blk/core`: mostly a view. */
export function reshape(a: Value, options: core.ReshapeOptions): Variable {
  const input = asVariable(a);
  const { rows, cols, rowPartition: blockRows, colPartition: blockCols } = input;
  return record("reshape", [input], core.reshape(input.value, options), (gradient) => [
    reshape(gradient, { rows, cols, blockRows, blockCols }),
  ]);
}
