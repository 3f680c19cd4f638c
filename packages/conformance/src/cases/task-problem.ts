import type { Backend, Elementwise, MatrixView } from "@blk/core";
import type { Expectation, Operand, Problem, Result } from "../case.js";
import { bytesOf } from "../problem.js";

/** One task of a `map` or a `reduce` on the host. */
export interface HostTask {
  /** All of one shape. */
  readonly inputs: readonly Operand[];
  readonly out: Result;
}

/** What is computed of each task. */
export interface TaskOperation {
  readonly shareBuffer?: boolean | undefined;
  flops(task: HostTask): number;
  run(backend: Backend, tasks: readonly Elementwise[]): void;
  answer(task: HostTask): Expectation;
}

/** A list of tasks, done in one call, as a problem. */
export function taskProblem(tasks: readonly HostTask[], operation: TaskOperation): Problem {
  const inputs = tasks.flatMap((task) => task.inputs);
  const results = tasks.map(({ out }) => out);
  return {
    inputs,
    results,
    shareBuffer: operation.shareBuffer ?? false,
    flops: tasks.reduce((sum, task) => sum + operation.flops(task), 0),
    bytes: bytesOf([...inputs, ...results]),
    run(backend, inputViews, resultViews) {
      let taken = 0;
      const views = tasks.map((task, i) => {
        const own = inputViews.slice(taken, taken + task.inputs.length);
        taken += task.inputs.length;
        return { inputs: own, out: resultViews[i] as MatrixView };
      });
      operation.run(backend, views);
    },
    answer: () => tasks.map(operation.answer),
  };
}
