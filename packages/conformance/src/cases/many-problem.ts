import type { Expr, MatrixView } from "@blk/core";
import type { Operand, Problem, Result } from "../case.js";
import { bytesOf } from "../problem.js";
import { expectationOf } from "../range.js";
import { elementRange } from "./map-problem.js";

/** One task of a `mapMany` on the host: outs that hold something beforehand are inputs as well. */
export interface HostMany {
  /** All of one shape. */
  readonly inputs: readonly Operand[];
  /** One for each expression. */
  readonly outs: readonly Result[];
}

/** `outs[k] ← exprs[k](inputs, outs that hold something)` for a list of tasks, with its bounds. */
export function manyProblem(
  tasks: readonly HostMany[],
  exprs: readonly Expr[],
  { shareBuffer = false }: { readonly shareBuffer?: boolean } = {},
): Problem {
  const inputs = tasks.flatMap((task) => task.inputs);
  const results = tasks.flatMap(({ outs }) => outs);
  return {
    inputs,
    results,
    shareBuffer,
    flops: results.reduce((sum, { rows, cols }) => sum + rows * cols, 0),
    bytes: bytesOf([...inputs, ...results]),
    run(backend, inputViews, resultViews) {
      const [given, written] = [inputViews.values(), resultViews.values()];
      const next = (views: Iterator<MatrixView>): MatrixView => views.next().value as MatrixView;
      const list = tasks.map((task) => {
        const own = task.inputs.map(() => next(given));
        const outs = task.outs.map(() => next(written));
        const inPlace = outs.filter((_, k) => task.outs[k]?.initial !== undefined);
        return { inputs: [...own, ...inPlace], outs };
      });
      backend.fused?.mapMany?.(list, exprs);
    },
    answer: () =>
      tasks.flatMap(({ inputs, outs }) => {
        const read = [
          ...inputs.map(({ elements }) => elements),
          ...outs.flatMap(({ initial }) => initial ?? []),
        ];
        return outs.map(({ rows, cols, dtype }, k) =>
          expectationOf(rows * cols, (at) => {
            const numbers = read.map((elements) => elements[at] as number);
            return elementRange(exprs[k] as Expr, numbers, dtype);
          }),
        );
      }),
  };
}
