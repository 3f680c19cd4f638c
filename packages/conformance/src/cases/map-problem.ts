import { computeDType, type DType, type Expr, expr } from "@blk/core";
import type { Problem } from "../case.js";
import { stored } from "../elements.js";
import { exactly, expectationOf, type Range, rangeOf, storedRange } from "../range.js";
import { type HostTask, taskProblem } from "./task-problem.js";

/** `out ← e(inputs)` for a list of tasks as a problem with its bounds. */
export function mapProblem(
  tasks: readonly HostTask[],
  e: Expr,
  options: { readonly shareBuffer?: boolean } = {},
): Problem {
  return taskProblem(tasks, {
    ...options,
    flops: ({ out }) => out.rows * out.cols,
    run: (backend, list) => backend.map(list, e),
    answer: ({ inputs, out }) =>
      expectationOf(out.rows * out.cols, (at) => {
        const numbers = inputs.map(({ elements }) => elements[at] as number);
        return elementRange(e, numbers, out.dtype);
      }),
  });
}

/** What `e` of these numbers may be once it is stored in `dtype`. */
export function elementRange(e: Expr, numbers: readonly number[], dtype: DType): Range {
  const type = computeDType(dtype);
  const converted = numbers.map((x) => stored(type, x));
  if (type === "i32") return exactly(expr.evaluateInteger(e, converted));
  return storedRange(rangeOf(e, converted.map(exactly), dtype), dtype);
}
