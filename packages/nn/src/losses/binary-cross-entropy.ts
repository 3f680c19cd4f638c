import { expr } from "@blk/core";
import { reduce } from "../ops/reduce.js";
import { operandOf, type Value, type Variable } from "../variable.js";
import { pairedElements } from "./paired-elements.js";

/**
 * The mean over all elements of −t·ln σ(x) − (1 − t)·ln(1 − σ(x)), 1×1, for targets t in [0, 1],
 * computed from the logits x as max(x, 0) − x·t + ln(1 + e^−|x|), which overflows nowhere. Errors as those of
 * `meanSquaredError`.
 *
 * ```ts
 * const loss = binaryCrossEntropy(model.forward(x), labels);
 * ```
 */
export function binaryCrossEntropy(logits: Value, target: Value): Variable {
  const [x, t] = [logits, target].map((one) => operandOf("binaryCrossEntropy", one)) as [
    Variable,
    Variable,
  ];
  const count = pairedElements("binaryCrossEntropy", x, t);
  return reduce([x, t], {
    label: "binaryCrossEntropy",
    op: "sum",
    expr: (x, t) => {
      const tail = expr.log(expr.add(1, expr.exp(expr.neg(expr.abs(x)))));
      return expr.div(expr.add(expr.sub(expr.max(x, 0), expr.mul(x, t)), tail), count);
    },
  });
}
