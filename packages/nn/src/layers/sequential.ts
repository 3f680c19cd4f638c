import { BlkError, describeValue } from "@blk/core";
import {
  forwardOf,
  type Module,
  type NamedModule,
  parametersOf,
  type Training,
} from "../module.js";
import { asVariable, type Value, Variable } from "../variable.js";

/** What {@link sequential} takes: a module, or a function of one variable. */
export type Step = Module | ((x: Variable, training?: Training) => Variable);

/**
 * Modules and functions one after the other; parameters are named by the place: `0.weight`. Throws
 * `ARGUMENT` for a step that is neither, and, when it is run, for a function that gives no variable.
 *
 * ```ts
 * const model = sequential(layer, (x) => map(x, relu), dropout({ rate: 0.1 }), last);
 * ```
 */
export function sequential(...steps: readonly Step[]): Module {
  const children = steps.map(
    (step, i): NamedModule => ({ name: String(i), module: asModule(step, i) }),
  );
  return {
    kind: "sequential",
    parameters: parametersOf(children),
    children,
    forward: (x: Value, training) =>
      children.reduce((y, child) => forwardOf(child, y, training), asVariable(x)),
  };
}

function asModule(step: Step, place: number): Module {
  if (typeof step !== "function") {
    if (typeof step?.forward === "function" && Array.isArray(step.parameters)) return step;
    throw new BlkError(
      "ARGUMENT",
      `sequential: expected a module or a function as step ${place}, got ${describeValue(step)}; write a function as (x) => map(x, relu)`,
    );
  }
  return {
    kind: step.name === "" ? "function" : step.name,
    parameters: [],
    forward: (x, training) => {
      const y = step(asVariable(x), training);
      if (y instanceof Variable) return y;
      throw new BlkError(
        "ARGUMENT",
        `sequential: expected the function of step ${place} to give a variable, got ${describeValue(y)}; compute with operations of @blk/nn`,
      );
    },
  };
}
