import { BlkError, type DType, unitRoundoff } from "@blk/core";

/** Which singular values count. */
export interface RankOptions {
  /**
   * Those above `tolerance` times the largest do. Default: max(m, n) times twice the unit roundoff of
   * the element type, about as far as rounding errors of the decomposition reach.
   */
  readonly tolerance?: number;
}

/** How many of the singular values, in descending order, count. Throws `ARGUMENT`. */
export function numericalRank(
  values: Float64Array,
  { rows, cols }: { readonly rows: number; readonly cols: number },
  dtype: DType,
  { tolerance = 2 * Math.max(rows, cols) * unitRoundoff(dtype) }: RankOptions,
): number {
  if (!(tolerance >= 0)) {
    throw new BlkError("ARGUMENT", `rank: expected a tolerance of 0 or more, got ${tolerance}`);
  }
  const least = tolerance * (values[0] ?? 0);
  let rank = 0;
  while (rank < values.length && values[rank]! > least) rank++;
  return rank;
}
