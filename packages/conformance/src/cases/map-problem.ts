import { computeDType, type DType, type Expr } from "@blk/core";
import type { Expectation, Operand, Problem, Result } from "../case.js";
import { stored } from "../elements.js";
import { bytesOf } from "../problem.js";
import {
  exactly,
  expectationOf,
  integerValue,
  type Range,
  rangeOf,
  storedRange,
} from "../range.js";

/** One task of a `map` on the host. */
export interface HostTask {
  readonly inputs: readonly Operand[];
  readonly out: Result;
}

/** `out ← expr(inputs)` for a list of tasks as a problem with its bounds. */
export function mapProblem(
  tasks: readonly HostTask[],
  expr: Expr,
  options: { readonly shareBuffer?: boolean } = {},
): Problem {
  const inputs = tasks.flatMap((task) => task.inputs);
  const results = tasks.map(({ out }) => out);
  return {
    inputs,
    results,
    ...options,
    flops: results.reduce((sum, { rows, cols }) => sum + rows * cols, 0),
    bytes: bytesOf([...inputs, ...results]),
    run(backend, inputViews, resultViews) {
      let taken = 0;
      const list = tasks.map((task, i) => {
        const views = inputViews.slice(taken, taken + task.inputs.length);
        taken += task.inputs.length;
        return { inputs: views, out: resultViews[i] as (typeof resultViews)[number] };
      });
      backend.map(list, expr);
    },
    answer: () => tasks.map((task) => answerOf(task, expr)),
  };
}

function answerOf({ inputs, out }: HostTask, expr: Expr): Expectation {
  return expectationOf(out.rows * out.cols, (at) => {
    const numbers = inputs.map(({ elements }) => elements[at] as number);
    return elementRange(expr, numbers, out.dtype);
  });
}

/** What `expr` of these numbers may be once it is stored in `dtype`. */
export function elementRange(expr: Expr, numbers: readonly number[], dtype: DType): Range {
  const type = computeDType(dtype);
  const converted = numbers.map((x) => stored(type, x));
  if (type === "i32") return exactly(integerValue(expr, converted));
  return storedRange(rangeOf(expr, converted.map(exactly), dtype), dtype);
}
