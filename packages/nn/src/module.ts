import { BlkError, describeValue } from "@blk/core";
import type { Random } from "./random.js";
import { inLayer } from "./recording.js";
import type { Value, Variable } from "./variable.js";

/** A weight and its name within a module: `"0.weight"`. */
export interface NamedParameter {
  readonly name: string;
  readonly variable: Variable;
}

/** What a forward pass of training needs; without it a module computes as it is used. */
export interface Training {
  /** Where dropout and the like draw from; advances. */
  readonly random: Random;
}

/**
 * A layer, or a network of layers: a plain object. Functions that make one take an option bag.
 * A function of the same form (`(x) => relu(x)`) is a layer without parameters to `sequential`.
 */
export interface Module {
  /** What it is, in a word: `linear`. */
  readonly kind: string;
  /** Parameters in a fixed order, those of children with the child's name in front. */
  readonly parameters: readonly NamedParameter[];
  readonly children?: readonly NamedModule[];
  forward(x: Value, training?: Training): Variable;
  /** Frees what it holds besides its parameters and its children. */
  dispose?(): void;
}

/** The forward pass of a child, whose operations are then known to be of that name. */
export function forwardOf({ name, module }: NamedModule, x: Value, training?: Training): Variable {
  return inLayer(name, () => module.forward(x, training));
}

/** A child of a module. */
export interface NamedModule {
  readonly name: string;
  readonly module: Module;
}

/**
 * The parameters of children, with their names in front: how a module of modules lists its own. One
 * that several children share is listed where it comes first.
 */
export function parametersOf(children: readonly NamedModule[]): readonly NamedParameter[] {
  const all = children.flatMap(({ name, module }) =>
    module.parameters.map((own) => ({ name: `${name}.${own.name}`, variable: own.variable })),
  );
  const seen = new Set<Variable>();
  return all.filter(({ variable }) => !seen.has(variable) && seen.add(variable));
}

/** Frees the parameters of a module, and what else it and its children hold. Throws `ARGUMENT` for none. */
export function disposeModule(module: Pick<Module, "parameters" | "children" | "dispose">): void {
  checkModule("disposeModule", module);
  for (const { variable } of module.parameters) variable.dispose();
  for (const child of module.children ?? []) disposeModule(child.module);
  module.dispose?.();
}

/** Throws `ARGUMENT` unless this has parameters, as modules do. */
export function checkModule(operation: string, module: Pick<Module, "parameters">): void {
  if (Array.isArray(module?.parameters)) return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected a module, { parameters, forward }, got ${describeValue(module)}`,
  );
}
