import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** The transpose as a view: free, and so is its gradient. */
export function transpose(a: Value): Variable {
  const input = asVariable(a);
  return record("transpose", [input], core.transpose(input.value), (gradient) => [
    transpose(gradient),
  ]);
}
