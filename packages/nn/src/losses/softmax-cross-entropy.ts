import * as core from "@blk/core";
import { BlkError, BlockMatrix, expr } from "@blk/core";
import { map } from "../ops/map.js";
import { softmax } from "../ops/softmax.js";
import { record } from "../tape.js";
import { asVariable, type Value, Variable } from "../variable.js";

/**
 * The mean over rows of −Σⱼ tⱼ·ln softmax(x)ⱼ, 1×1: `scores` has a row per example and a column per
 * class, `target` is the classes as an i32 column, or dense weights t ≥ 0 of every class; a
 * constant. A class outside of the columns (such as −1) gives a row that adds nothing. Computed
 * from ln Σ eˣ − x, so that nothing overflows. Throws `SHAPE`.
 *
 * ```ts
 * const loss = softmaxCrossEntropy(model.forward(x), labels);
 * ```
 */
export function softmaxCrossEntropy(scores: Value, target: BlockMatrix): Variable {
  const input = asVariable(scores);
  const weights = target.dtype === "i32" ? oneHot(input, target) : new Variable(target);
  if (weights.rows !== input.rows || weights.cols !== input.cols) {
    throw new BlkError(
      "SHAPE",
      `softmaxCrossEntropy: expected targets of ${input.rows}×1 i32 (classes) or ${input.rows}×${input.cols} (weights) for scores ${input}, got ${target}`,
    );
  }
  const { rows } = input;
  const value = core.scope(() => {
    const x = input.value;
    const most = core.max(x, { per: "row" });
    const powers = core.reduce([x, most], {
      op: "sum",
      per: "row",
      expr: (x, m) => expr.exp(expr.sub(x, m)),
    });
    const logSum = core.map([most, powers], (m, s) => expr.add(m, expr.log(s)));
    return core.reduce([x, logSum, weights.value], {
      op: "sum",
      label: "softmaxCrossEntropy",
      // A class without weight may have a score of −∞.
      expr: (x, l, t) => expr.select(t, expr.div(expr.mul(t, expr.sub(l, x)), rows), 0),
    });
  });
  const loss = record("softmaxCrossEntropy", [input, weights], value, (gradient) => {
    const total = core.sum(weights.value, { per: "row" });
    return [
      map([softmax(input), weights, total, gradient], (p, t, s, g) =>
        expr.mul(g, expr.div(expr.sub(expr.mul(p, s), t), rows)),
      ),
    ];
  });
  // The tape needs it until the backward pass, nobody else does.
  if (weights.value !== target) weights.dispose();
  return loss;
}

/** A row for each class index, 1 in its column. */
function oneHot({ backend, cols, dtype }: Variable, classes: BlockMatrix): Variable {
  const numbers = Int32Array.from({ length: cols }, (_, i) => i);
  const row = BlockMatrix.fromArray(backend, numbers, { rows: 1, cols });
  const type = core.computeDType(dtype);
  try {
    // Compared as floating point: exact for up to 2²⁴ classes.
    return new Variable(core.map([classes, row], expr.equal, { dtype: type }));
  } finally {
    row.dispose();
  }
}
