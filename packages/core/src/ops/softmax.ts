import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { computeDType } from "../dtype.js";
import { BlkError } from "../errors.js";
import * as expr from "../expression/build.js";
import { scope } from "../scope.js";
import { transposeView } from "../view.js";
import { map } from "./map.js";
import { commonBackend, denseViewOf } from "./operands.js";
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
 * only, or with a NaN or +∞, gives NaN. Floating point only. Throws `DTYPE` or `DISPOSED`.
 */
export function softmax(a: BlockMatrix, options: SoftmaxOptions = {}): BlockMatrix {
  const { per = "row", absent = "zero" } = options;
  const backend = commonBackend("softmax", [a]);
  if (computeDType(a.dtype) === "i32") {
    throw new BlkError("DTYPE", `softmax: expected floating point, got ${a}; cast() it first`);
  }
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
      ...kept,
    });
    return map([powers, sum(powers, over)], expr.div, { label: "softmax", ...kept });
  });
}
