import { computeDType, type DType, type Expr, type ReductionOp, unitRoundoff } from "@blk/core";
import type { Expectation, Operand, Problem } from "../case.js";
import { accurateDot, gamma } from "../dot.js";
import { exactly, expectationOf, type Range, storedRange, widen } from "../range.js";
import { elementRange } from "./map-problem.js";
import { type HostTask, taskProblem } from "./task-problem.js";

/** `out ← op over e(inputs)` for a list of tasks as a problem with its bounds. */
export function reduceProblem(
  tasks: readonly HostTask[],
  e: Expr,
  op: ReductionOp,
  options: { readonly shareBuffer?: boolean } = {},
): Problem {
  return taskProblem(tasks, {
    ...options,
    flops: (task) => rowsOf(task) * colsOf(task),
    run: (backend, list) => backend.reduce(list, { expr: e, op }),
    answer: (task) => answerOf(task, e, op),
  });
}

const rowsOf = ({ inputs }: HostTask): number => inputs[0]?.rows ?? 0;
const colsOf = ({ inputs }: HostTask): number => inputs[0]?.cols ?? 0;

function answerOf(task: HostTask, e: Expr, op: ReductionOp): Expectation {
  const { inputs, out } = task;
  const dtype = computeDType((inputs[0] as Operand).dtype);
  const [rows, cols] = [rowsOf(task), colsOf(task)];
  return expectationOf(out.rows * out.cols, (at) => {
    const ranges: Range[] = [];
    // Where out has fewer rows (columns) than the inputs, it stands for all of them.
    const isPerRow = out.cols === 1 && out.rows === rows;
    const isPerCol = !isPerRow && out.rows === 1 && out.cols === cols;
    const [top, bottom] = isPerRow ? [at, at + 1] : [0, rows];
    const [left, right] = isPerCol ? [at, at + 1] : [0, cols];
    for (let i = top; i < bottom; i++) {
      for (let j = left; j < right; j++) {
        const numbers = inputs.map(({ elements }) => elements[i * cols + j] as number);
        ranges.push(elementRange(e, numbers, dtype));
      }
    }
    return storedRange(combined(op, ranges, dtype), out.dtype);
  });
}

function combined(op: ReductionOp, ranges: readonly Range[], dtype: DType): Range {
  const isInteger = dtype === "i32";
  const largest = isInteger ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY;
  const smallest = isInteger ? -(2 ** 31) : Number.NEGATIVE_INFINITY;
  // Math.max and Math.min propagate NaN.
  const most = (pick: (...numbers: number[]) => number, start: number): Range => ({
    low: ranges.reduce((best, { low }) => pick(best, low), start),
    high: ranges.reduce((best, { high }) => pick(best, high), start),
  });
  switch (op) {
    case "max":
      return most(Math.max, smallest);
    case "min":
      return most(Math.min, largest);
    case "argmax":
      return exactly(firstLargest(ranges));
    case "sum":
      return isInteger
        ? exactly(ranges.reduce((sum, { low }) => (sum + low) | 0, 0))
        : sumOf(ranges, dtype);
  }
}

/** Of ranges of one number each; a NaN counts as the largest. */
function firstLargest(ranges: readonly Range[]): number {
  const nan = ranges.findIndex(({ low }) => Number.isNaN(low));
  if (nan >= 0) return nan;
  let best = -1;
  ranges.forEach(({ low }, i) => {
    if (best < 0 || low > (ranges[best] as Range).low) best = i;
  });
  return best;
}

/** |ŝ − s| ≤ γₙ₋₁·Σ|xᵢ| in any order of summation (Higham 2002, §4.2). */
function sumOf(ranges: readonly Range[], dtype: DType): Range {
  const n = ranges.length;
  if (n === 0) return exactly(0);
  const end = (which: "low" | "high"): { readonly sum: number; readonly magnitude: number } =>
    accurateDot(
      n,
      (i) => (ranges[i] as Range)[which],
      () => 1,
    );
  const [low, high] = [end("low"), end("high")];
  if (!Number.isFinite(low.magnitude) || !Number.isFinite(high.magnitude)) {
    return { low: low.sum, high: high.sum };
  }
  const magnitude = Math.max(low.magnitude, high.magnitude);
  const error = gamma(n, unitRoundoff(dtype)) * magnitude;
  return widen({ low: low.sum - error, high: high.sum + error }, "f64", 0);
}
