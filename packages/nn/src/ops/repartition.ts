import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** `repartition` of `@blk/core`: of a dense matrix a view. */
export function repartition(a: Value, options: core.RepartitionOptions): Variable {
  const input = asVariable(a);
  const { rowPartition: blockRows, colPartition: blockCols } = input;
  const value = core.repartition(input.value, options);
  return record("repartition", [input], value, (gradient) => [
    repartition(gradient, { blockRows, blockCols }),
  ]);
}
