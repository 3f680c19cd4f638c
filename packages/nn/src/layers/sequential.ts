import { type Module, type NamedModule, parametersOf, type Training } from "../module.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** What {@link sequential} takes: a module, or a function of one variable. */
export type Step = Module | ((x: Variable, training?: Training) => Variable);

/** Modules and functions one after the other; parameters are named by the place: `0.weight`. */
export function sequential(...steps: readonly Step[]): Module {
  const children = steps.map(
    (step, i): NamedModule => ({ name: String(i), module: asModule(step) }),
  );
  return {
    kind: "sequential",
    parameters: parametersOf(children),
    children,
    forward: (x: Value, training) =>
      children.reduce((y, { module }) => module.forward(y, training), asVariable(x)),
  };
}

function asModule(step: Step): Module {
  if (typeof step !== "function") return step;
  return {
    kind: step.name === "" ? "function" : step.name,
    parameters: [],
    forward: (x, training) => step(asVariable(x), training),
  };
}
