import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** `transposeParts` of `@blk/core`: a view. */
export function transposeParts(a: Value, count: number): Variable {
  const input = asVariable(a);
  const value = core.transposeParts(input.value, count);
  return record("transposeParts", [input], value, (gradient) => [transposeParts(gradient, count)]);
}
