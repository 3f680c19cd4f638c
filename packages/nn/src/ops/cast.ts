import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** `cast` of `@blk/core`. The gradient is cast back. */
export function cast(a: Value, dtype: core.DType): Variable {
  const input = asVariable(a);
  return record("cast", [input], core.cast(input.value, dtype), (gradient) => [
    cast(gradient, input.dtype),
  ]);
}
