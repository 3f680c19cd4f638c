import { type BlockMatrix, expr, map, norm, reduce, scope } from "@blk/core";
import { checkChoice } from "./operands.js";

/** A matrix norm, see {@link matrixNorm}. */
export type MatrixNorm = "one" | "infinity" | "frobenius" | "largest";

/**
 * A norm of a matrix, as a 1×1 matrix: `one` is the largest sum of magnitudes of a column,
 * `infinity` that of a row, `frobenius` √Σx² without overflow of squares, `largest` max|x| (which is
 * no operator norm). 0 for a matrix without elements. Throws `ARGUMENT` for another kind,
 * `DISPOSED`.
 *
 * ```ts
 * await matrixNorm(a, "one").toNumber();
 * ```
 */
export function matrixNorm(a: BlockMatrix, kind: MatrixNorm): BlockMatrix {
  const label = "matrixNorm";
  checkChoice(label, "kind", kind, ["one", "infinity", "frobenius", "largest"]);
  if (kind === "frobenius") return norm(a, { label });
  return scope(() => {
    const magnitudes = (per: "column" | "row"): BlockMatrix =>
      reduce(a, { op: "sum", per, expr: expr.abs, label });
    const largest =
      kind === "largest"
        ? reduce(a, { op: "max", expr: expr.abs, label })
        : reduce(magnitudes(kind === "one" ? "column" : "row"), { op: "max", label });
    // A maximum over nothing is −∞.
    return map(largest, (x) => expr.max(x, 0), { label });
  });
}
