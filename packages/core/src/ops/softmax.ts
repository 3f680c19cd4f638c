import type { Elementwise, MatrixView } from "../backend.js";
import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import type { BlockPattern } from "../block-pattern.js";
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
  const isMasked = absent === "masked" && a.pattern !== undefined;
  if (fused !== undefined && isMasked && per === "row" && hasRowsInOneBlock(a.pattern)) {
    return softmaxOfBlocks(a, (tasks) => fused.call(backend.fused, tasks));
  }
  return scope(() => {
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

/** Whether no row lies in two present blocks: each block then is a softmax of its own. */
function hasRowsInOneBlock({ rowStarts }: BlockPattern): boolean {
  return rowStarts.every((start, i) => i === 0 || start - (rowStarts[i - 1] as number) <= 1);
}

function softmaxOfBlocks(
  a: BlockMatrix,
  run: (tasks: readonly Elementwise[]) => void,
): BlockMatrix {
  const viewsOf = (x: BlockMatrix): readonly MatrixView[] => {
    const storage = x.storage("softmax");
    return storage.kind === "sparse" ? storage.views : [storage.view];
  };
  return allocateMatrix(a.backend, a.dtype, a, "softmax", (result) => {
    const outs = viewsOf(result);
    run(viewsOf(a).map((input, i) => ({ inputs: [input], out: outs[i] as MatrixView })));
  });
}
