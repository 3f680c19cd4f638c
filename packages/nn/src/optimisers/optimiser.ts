import {
  type Backend,
  BlkError,
  BlockMatrix,
  computeDType,
  type DType,
  type Expr,
  expr,
  mapInto,
  scope,
  unscoped,
  window,
} from "@blk/core";
import type { NamedParameter } from "../module.js";
import type { Variable } from "../variable.js";
import { zerosLike } from "../zeros-like.js";
import { checkGradients } from "./check-optimiser.js";
import { clipFactor } from "./global-norm.js";

/** A matrix of an optimiser's state and its name: `0.weight.momentum`. */
export interface NamedMatrix {
  readonly name: string;
  readonly matrix: BlockMatrix;
}

/** Changes parameters by their gradients. All of its state is here, none in the parameters. */
export interface Optimiser {
  readonly kind: string;
  readonly parameters: readonly NamedParameter[];
  /** Steps taken. */
  readonly steps: number;
  /** Moments and the like, in a fixed order; another step changes these matrices. */
  readonly state: readonly NamedMatrix[];
  /**
   * Gives every parameter its next value, in place; `gradients` are in the order of the parameters
   * and stay the caller's. Throws `ARGUMENT` for another number of them, `SHAPE` for another order.
   */
  step(gradients: readonly Variable[]): void;
  /** Goes on from a saved state: takes the matrices over. Throws `ARGUMENT`, `SHAPE`, `DTYPE`. */
  restore(steps: number, state: readonly NamedMatrix[]): void;
  dispose(): void;
}

/** Operands of an update by their names. */
export type Operands = Readonly<Record<string, Expr>>;

/** An operand by its name. */
export function operand(operands: Operands, name: string): Expr {
  return operands[name] as Expr;
}

/** An optimiser as plain data. */
export interface UpdateRule {
  readonly kind: string;
  /** Matrices of state per parameter; they start at zero. */
  readonly slots: readonly string[];
  /**
   * The next `weight` and slots, by the present ones, the `gradient` and the scalars of the step:
   * one pass over all of them. Equal parts of the results are computed once.
   */
  readonly next: (operands: Operands) => Operands;
  /** Numbers that change from step to step, for the step after `step` others; always the same names. */
  readonly scalars: (step: number, parameter: NamedParameter) => Readonly<Record<string, number>>;
  /** Scales all gradients down if their common norm is larger. */
  readonly clipNorm?: number | undefined;
}

/** The optimiser of a rule. */
export function optimiserOf(parameters: readonly NamedParameter[], rule: UpdateRule): Optimiser {
  return new RuleOptimiser(parameters, rule);
}

class RuleOptimiser implements Optimiser {
  readonly kind: string;
  readonly parameters: readonly NamedParameter[];
  readonly #rule: UpdateRule;
  /** By parameter, by slot. */
  readonly #slots: Record<string, BlockMatrix>[];
  /** Numbers of the parameters that are updated together. */
  readonly #groups: readonly (readonly number[])[];
  #steps = 0;

  constructor(parameters: readonly NamedParameter[], rule: UpdateRule) {
    this.kind = rule.kind;
    this.parameters = parameters;
    this.#rule = rule;
    this.#groups = groupsOf(rule.kind, parameters);
    this.#slots = unscoped(() =>
      parameters.map(({ variable }) =>
        Object.fromEntries(rule.slots.map((slot) => [slot, zerosLike(variable.value)])),
      ),
    );
  }

  get steps(): number {
    return this.#steps;
  }

  get state(): readonly NamedMatrix[] {
    return this.parameters.flatMap(({ name }, i) =>
      this.#rule.slots.map((slot) => ({
        name: `${name}.${slot}`,
        matrix: this.#slots[i]?.[slot] as BlockMatrix,
      })),
    );
  }

  step(gradients: readonly Variable[]): void {
    checkGradients(this.kind, this.parameters, gradients);
    scope(() => {
      const { clipNorm } = this.#rule;
      const clip =
        clipNorm === undefined || gradients.length === 0
          ? undefined
          : clipFactor(gradients, clipNorm);
      for (const group of this.#groups) this.#update(group, gradients, clip);
    });
    this.#steps += 1;
  }

  /** One pass over the parameters of these numbers, of one arithmetic on one backend. */
  #update(
    group: readonly number[],
    gradients: readonly Variable[],
    clip: BlockMatrix | undefined,
  ): void {
    const { kind, slots, next } = this.#rule;
    const scalars = group.map((i) =>
      this.#rule.scalars(this.#steps, this.parameters[i] as NamedParameter),
    );
    const names = Object.keys(scalars[0] as object);
    const numbers = [...new Set(scalars.flatMap((own) => Object.values(own)))];
    const { backend, dtype } = (this.parameters[group[0] as number] as NamedParameter).variable;
    // Operands, not constants: a number in an expression that changes makes a kernel anew.
    const row = BlockMatrix.fromArray(backend, numbers, {
      rows: 1,
      cols: numbers.length,
      dtype: computeDType(dtype),
    });
    const columns = new Map(numbers.map((value, col) => [value, window(row, 0, col, 1, 1)]));
    const tasks = group.map((i, place) => {
      const own = this.#slots[i] as Record<string, BlockMatrix>;
      const outs = [
        (this.parameters[i] as NamedParameter).variable.value,
        ...slots.map((slot) => own[slot] as BlockMatrix),
      ];
      const values = Object.values(scalars[place] as object).map(
        (value) => columns.get(value) as BlockMatrix,
      );
      const gradient = (gradients[i] as Variable).value;
      return { operands: [...outs, gradient, ...values, ...(clip ? [clip] : [])], outs };
    });
    const operands = ["weight", ...slots, "gradient", ...names];
    const fn = (...xs: Expr[]): readonly Expr[] => {
      const x = Object.fromEntries(operands.map((name, i) => [name, xs[i] as Expr]));
      if (clip !== undefined) x["gradient"] = expr.mul(operand(x, "gradient"), xs.at(-1) as Expr);
      const results = next(x);
      return ["weight", ...slots].map((name) => operand(results, name));
    };
    mapInto(tasks, fn, { label: kind });
  }

  restore(steps: number, state: readonly NamedMatrix[]): void {
    const given = new Map(state.map(({ name, matrix }) => [name, matrix]));
    for (const { name, matrix: own } of this.state) {
      const matrix = given.get(name);
      if (matrix === undefined) {
        throw new BlkError(
          "ARGUMENT",
          `${this.kind}: the state lacks ${name}; it has ${[...given.keys()].join(", ") || "nothing"}`,
        );
      }
      if (matrix.rows !== own.rows || matrix.cols !== own.cols) {
        throw new BlkError("SHAPE", `${this.kind}: ${name} is ${matrix}, expected one like ${own}`);
      }
      if (matrix.dtype !== own.dtype) {
        throw new BlkError("DTYPE", `${this.kind}: ${name} is ${matrix}, expected one like ${own}`);
      }
    }
    this.parameters.forEach(({ name }, i) => {
      const slots = this.#slots[i] as Record<string, BlockMatrix>;
      for (const slot of this.#rule.slots) {
        slots[slot]?.dispose();
        slots[slot] = given.get(`${name}.${slot}`) as BlockMatrix;
      }
    });
    this.#steps = steps;
  }

  dispose(): void {
    for (const { matrix } of this.state) matrix.dispose();
  }
}

/** Parameters by backend and arithmetic. Throws `ARGUMENT` for one that is there twice. */
function groupsOf(
  kind: string,
  parameters: readonly NamedParameter[],
): readonly (readonly number[])[] {
  const groups = new Map<Backend, Map<DType, number[]>>();
  const names = new Map<Variable, string>();
  parameters.forEach(({ name, variable }, i) => {
    const other = names.get(variable);
    if (other !== undefined) {
      throw new BlkError(
        "ARGUMENT",
        `${kind}: ${name} is the same variable as ${other}; list it once, and give it one gradient`,
      );
    }
    names.set(variable, name);
    const { backend } = variable;
    const types = groups.get(backend) ?? new Map<DType, number[]>();
    groups.set(backend, types);
    const type = computeDType(variable.dtype);
    const group = types.get(type);
    if (group === undefined) types.set(type, [i]);
    else group.push(i);
  });
  return [...groups.values()].flatMap((types) => [...types.values()]);
}
