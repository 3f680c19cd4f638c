import { BlkError } from "@blk/core";
import type { Variable } from "../variable.js";

/**
 * The number of elements of which a loss is the mean: those of the larger of prediction and target, of
 * which the other may be repeated. Throws `SHAPE` if each would be: a column against a row, mostly by
 * mistake.
 */
export function pairedElements(operation: string, x: Variable, target: Variable): number {
  const rows = x.rows === 1 ? target.rows : x.rows;
  const cols = x.cols === 1 ? target.cols : x.cols;
  if ([x, target].some((one) => one.rows === rows && one.cols === cols)) return rows * cols;
  throw new BlkError(
    "SHAPE",
    `${operation}: ${x} and the target ${target} have different shapes, and repeating both would pair each element with every other; give them the same shape, with transpose() or reshape()`,
  );
}
