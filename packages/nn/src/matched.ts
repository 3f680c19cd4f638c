import { cast } from "./ops/cast.js";
import { repartition } from "./ops/repartition.js";
import { restrict } from "./ops/restrict.js";
import { toDense } from "./ops/to-dense.js";
import type { Variable } from "./variable.js";

/**
 * A gradient as its variable is: of the same element type and partitions, and with the same blocks.
 * What lies in blocks that the variable lacks is dropped: they are no numbers that could change.
 */
export function matched(gradient: Variable, variable: Variable): Variable {
  let fit = gradient;
  if (fit.dtype !== variable.dtype) fit = cast(fit, variable.dtype);
  const { rowPartition, colPartition } = variable;
  const { pattern } = variable.value;
  if (pattern === undefined && fit.value.isSparse) fit = toDense(fit);
  if (!fit.rowPartition.equals(rowPartition) || !fit.colPartition.equals(colPartition)) {
    fit = repartition(fit, { blockRows: rowPartition, blockCols: colPartition });
  }
  if (pattern !== undefined && fit.value.pattern?.equals(pattern) !== true) {
    fit = restrict(fit, pattern);
  }
  return fit;
}
