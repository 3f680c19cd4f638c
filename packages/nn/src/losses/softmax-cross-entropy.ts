import * as core from "@blk/core";
import { BlkError, BlockMatrix, describeValue, type Expr, expr } from "@blk/core";
import { map } from "../ops/map.js";
import { softmax } from "../ops/softmax.js";
import { record } from "../tape.js";
import { operandOf, type Value, Variable } from "../variable.js";

/**
 * The mean over rows of −Σⱼ tⱼ·ln softmax(x)ⱼ, 1×1: `scores` has a row per example and a column per
 * class, `target` is the classes as an i32 column, or dense weights t ≥ 0 of every class; a
 * constant. A class outside of the columns (such as −1) gives a row that adds nothing. Computed
 * from ln Σ eˣ − x, so that nothing overflows. Throws `SHAPE`, `ARGUMENT`.
 *
 * ```ts
 * const loss = softmaxCrossEntropy(model.forward(x), labels);
 * ```
 */
export function softmaxCrossEntropy(scores: Value, target: BlockMatrix): Variable {
  const input = operandOf("softmaxCrossEntropy", scores);
  const { rows, cols } = input;
  if (!(target instanceof BlockMatrix)) {
    throw new BlkError(
      "ARGUMENT",
      `softmaxCrossEntropy: expected a BlockMatrix of classes or weights as target, got ${describeValue(target)}; a variable has its matrix as value`,
    );
  }
  const hasClasses = target.dtype === "i32";
  if (target.rows !== rows || target.cols !== (hasClasses ? 1 : cols)) {
    throw new BlkError(
      "SHAPE",
      `softmaxCrossEntropy: expected targets of ${rows}×1 i32 (classes) or ${rows}×${cols} (weights) for scores ${input}, got ${target}`,
    );
  }
  const given = (hasClasses ? classesOf(target, input) : [target]).map((x) => new Variable(x));
  const value = core.scope(() => {
    const x = input.value;
    const most = core.max(x, { per: "row" });
    const powers = core.reduce([x, most], {
      op: "sum",
      per: "row",
      expr: (x, m) => expr.exp(expr.sub(x, m)),
    });
    const logs = core.map(powers, expr.log);
    return core.reduce([x, most, logs, ...given.map(({ value }) => value)], {
      op: "sum",
      label: "softmaxCrossEntropy",
      // A class without weight may have a score of −∞.
      expr: (x, m, l, ...of) => {
        const t = weightOf(of);
        return expr.select(t, expr.div(expr.mul(t, expr.sub(l, expr.sub(x, m))), rows), 0);
      },
    });
  });
  const loss = record("softmaxCrossEntropy", [input, ...given], value, (gradient) => {
    const total = hasClasses ? [] : [core.sum(target, { per: "row" })];
    return [
      map([softmax(input), gradient, ...total, ...given], (p, g, ...rest) => {
        const of = rest.slice(total.length);
        const t = of[0] as Expr;
        const sum = hasClasses ? expr.mul(expr.less(-1, t), expr.less(t, cols)) : (rest[0] as Expr);
        return expr.mul(g, expr.div(expr.sub(expr.mul(p, sum), weightOf(of)), rows));
      }),
    ];
  });
  // The tape needs them until the backward pass, nobody else does.
  if (hasClasses) for (const variable of given) variable.dispose();
  return loss;
}

/** The weight of an element: of the class that its row names, and its column's; or as given. */
function weightOf([t, column]: readonly Expr[]): Expr {
  return column === undefined ? (t as Expr) : expr.equal(t as Expr, column);
}

/** The class of each row and the number of each column: floating point, exact for up to 2²⁴ classes. */
function classesOf(target: BlockMatrix, { backend, cols, dtype }: Variable): BlockMatrix[] {
  const type = core.computeDType(dtype);
  const numbers = Array.from({ length: cols }, (_, i) => i);
  return [
    core.cast(target, type),
    BlockMatrix.fromArray(backend, numbers, { rows: 1, cols, dtype: type }),
  ];
}
