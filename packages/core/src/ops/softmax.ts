import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { checkOptions } from "../check-arguments.js";
import { computeDType } from "../dtype.js";
import * as expr from "../expression/build.js";
import { scope } from "../scope.js";
import { transposeView } from "../view.js";
import { map } from "./map.js";
import { checkChoice, checkFloatingPoint, denseViewOf } from "./operands.js";
import { max, sum } from "./reduce.js";

/** Options of {@link softmax}. */
export interface SoftmaxOptions {
  /** Whether each row or each column sums to 1. Default: `row`. */
  readonly per?: "row" | "column";
  /**
   * Whether absent blocks count as zeros (the default; the result is dense) or are masked, as in
   * attention: they take no weight, and the result has the same blocks.
   */
  readonly absent?: "zero" | "masked";
}

/**
 * e^xᵢ / Σⱼ e^xⱼ for each row (or column), from x − max x so that nothing overflows. A row of −∞
 * only, or with a NaN or +∞, gives NaN. Floating point only. Throws `ARGUMENT`, `DTYPE` or
 * `DISPOSED`.
 */
export function softmax(a: BlockMatrix, options: SoftmaxOptions = {}): BlockMatrix {
  checkOptions("softmax", options, 'such as { per: "column" }');
  const { per = "row", absent = "zero" } = options;
  checkFloatingPoint("softmax", a);
  checkChoice("softmax", "per", per, ["row", "column"]);
  checkChoice("softmax", "absent", absent, ["zero", "masked"]);
  const { backend } = a;
  const fused = backend.fused?.softmax;
  if (fused !== undefined && !a.isSparse) {
    return allocateMatrix(
      backend,
      a.dtype,
      { rowPartition: a.rowPartition, colPartition: a.colPartition },
      "softmax",
      (result) => {
        const views = [denseViewOf("softmax", a), denseViewOf("softmax", result)] as const;
        const [input, out] =
          per === "row" ? views : [transposeView(views[0]), transposeView(views[1])];
        fused.call(backend.fused, [{ inputs: [input], out }]);
      },
    );
  }
  return scope(() => {
    const isMasked = absent === "masked" && a.pattern !== undefined;
    const kept = isMasked && a.pattern !== undefined ? { pattern: a.pattern } : {};
    const over = { per, absent: isMasked ? "skip" : "zero", label: "softmax" } as const;
    const powers = map([a, max(a, over)], (x, m) => expr.exp(expr.sub(x, m)), {
      label: "softmax",
      // Sums of f16 may be larger than any f16.
      dtype: computeDType(a.dtype),
      ...kept,
    });
    return map([powers, sum(powers, over)], expr.div, {
      label: "softmax",
      dtype: a.dtype,
      ...kept,
    });
  });
}
