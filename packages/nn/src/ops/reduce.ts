import * as core from "@blk/core";
import { expr } from "@blk/core";
import { elementwiseGradient } from "../elementwise-gradient.js";
import { record } from "../tape.js";
import { type Value, Variable } from "../variable.js";
import { map, treeOf, variablesOf } from "./map.js";
import { overBlocks } from "./over-blocks.js";

/**
 * `reduce` of `@blk/core`, `argmax` (which has no gradient) excepted. The gradient of a sum is one
 * fused pass over each operand. That of `max` and `min` goes to the elements that are equal to the
 * result, in equal shares; to none of them where the result is the zero of an absent block.
 */
export function reduce(
  operands: Value | readonly Value[],
  options: core.GeneralReduceOptions,
): Variable {
  const inputs = variablesOf(operands);
  const values = inputs.map(({ value }) => value);
  const value = core.reduce(values, options);
  const { op, per = "matrix", label = "reduce" } = options;
  if (op === "argmax") return new Variable(value);
  const output: Variable = record(label, inputs, value, (gradient, wants) => {
    const f = treeOf(options.expr ?? ((x) => x), inputs.length);
    const spread = (x: Variable): Variable => (per === "block" ? overBlocks(x, inputs) : x);
    const arriving =
      op === "sum" ? spread(gradient) : shareOfEqual(gradient, inputs, f, output, per, spread);
    return inputs.map((_, i) =>
      wants[i] ? elementwiseGradient(arriving, inputs, f, i) : undefined,
    );
  });
  return output;
}

/** Σ x, as `sum` of `@blk/core`. */
export function sum(a: Value, options?: core.ReduceOptions): Variable {
  return reduce(a, { label: "sum", ...options, op: "sum" });
}

/** The largest element; equal ones share its gradient. */
export function max(a: Value, options?: core.ReduceOptions): Variable {
  return reduce(a, { label: "max", ...options, op: "max" });
}

/** The smallest element; equal ones share its gradient. */
export function min(a: Value, options?: core.ReduceOptions): Variable {
  return reduce(a, { label: "min", ...options, op: "min" });
}

/** `x` summed to the shape of `like`, of which some size may be 1: what repetition does backward. */
export function sumLike(x: Variable, like: Variable): Variable {
  const { rows, cols } = like;
  if (rows === x.rows && cols === x.cols) return x;
  return sum(x, { per: rows === x.rows ? "row" : cols === x.cols ? "column" : "matrix" });
}

/** The gradient of an extremum, shared among the elements that are equal to it; zero elsewhere. */
function shareOfEqual(
  gradient: Variable,
  inputs: readonly Variable[],
  f: core.Expr,
  extremum: Variable,
  per: core.Per,
  spread: (x: Variable) => Variable,
): Variable {
  const last = inputs.length;
  const pattern = inputs.length === 1 ? inputs[0]?.value.pattern : undefined;
  const isEqual = map(
    [...inputs, spread(extremum)],
    (...xs) =>
      expr.equal(
        expr.substitute(f, (i) => xs[i] as core.Expr),
        xs[last] as core.Expr,
      ),
    pattern === undefined ? {} : { pattern },
  );
  // None is equal where the extremum is the zero of an absent block, which has no gradient.
  const share = map([gradient, sum(isEqual, { per })], (g, count) =>
    expr.select(count, expr.div(g, count), 0),
  );
  return map([isEqual, spread(share)], expr.mul);
}
