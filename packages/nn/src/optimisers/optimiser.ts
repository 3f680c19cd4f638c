import { BlkError, BlockMatrix, type Expr, expr, map, scope, unscoped } from "@blk/core";
import type { NamedParameter } from "../module.js";
import type { Variable } from "../variable.js";
import { zerosLike } from "../zeros-like.js";
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
  /** Moments and the like, in a fixed order; another step frees these matrices. */
  readonly state: readonly NamedMatrix[];
  /**
   * Gives every parameter its next value; `gradients` are in the order of the parameters and stay
   * the caller's. Throws `ARGUMENT` for another number of them.
   */
  step(gradients: readonly Variable[]): void;
  /** Goes on from a saved state: takes the matrices over. Throws `ARGUMENT`, `SHAPE`, `DTYPE`. */
  restore(steps: number, state: readonly NamedMatrix[]): void;
  dispose(): void;
}

/** Operands of an update by their names. */
export type Operands = Readonly<Record<string, Expr>>;

/** An operand that the rule says it reads. */
export function operand(operands: Operands, name: string): Expr {
  return operands[name] as Expr;
}

/** How one matrix of state, or the parameter itself, follows from the others. */
export interface Update {
  /** `weight`, or the name of a matrix of state. */
  readonly of: string;
  /** What `to` reads: names of state, `weight`, `gradient`, and of scalars of the step. */
  readonly reads: readonly string[];
  readonly to: (operands: Operands) => Expr;
}

/** An optimiser as plain data. */
export interface UpdateRule {
  readonly kind: string;
  /** Matrices of state per parameter; they start at zero. */
  readonly slots: readonly string[];
  /** In this order; later ones read what earlier ones wrote. Each is one pass over its matrix. */
  readonly updates: readonly Update[];
  /** Numbers that change from step to step, for the step after `step` others. */
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
  #steps = 0;

  constructor(parameters: readonly NamedParameter[], rule: UpdateRule) {
    this.kind = rule.kind;
    this.parameters = parameters;
    this.#rule = rule;
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
    if (gradients.length !== this.parameters.length) {
      throw new BlkError(
        "ARGUMENT",
        `${this.kind}: expected a gradient for each of ${this.parameters.length} parameters, got ${gradients.length}; write gradients(loss, parameters.map((p) => p.variable))`,
      );
    }
    scope(() => {
      const { clipNorm } = this.#rule;
      const clip = clipNorm === undefined ? undefined : clipFactor(gradients, clipNorm);
      const scalars = new Map<string, BlockMatrix>();
      this.parameters.forEach((parameter, i) => {
        this.#update(parameter, i, (gradients[i] as Variable).value, clip, scalars);
      });
    });
    this.#steps += 1;
  }

  #update(
    parameter: NamedParameter,
    index: number,
    gradient: BlockMatrix,
    clip: BlockMatrix | undefined,
    scalars: Map<string, BlockMatrix>,
  ): void {
    const { variable } = parameter;
    const slots = this.#slots[index] as Record<string, BlockMatrix>;
    const numbers = this.#rule.scalars(this.#steps, parameter);
    const scalarOf = (value: number): BlockMatrix => {
      const { backend, dtype } = variable;
      const known = scalars.get(`${dtype} ${value}`);
      if (known !== undefined) return known;
      const made = BlockMatrix.full(backend, value, { rows: 1, cols: 1, dtype });
      scalars.set(`${dtype} ${value}`, made);
      return made;
    };
    const operandOf = (name: string): BlockMatrix => {
      if (name === "weight") return variable.value;
      if (name === "gradient") return gradient;
      return slots[name] ?? scalarOf(numbers[name] as number);
    };
    for (const { of, reads, to } of this.#rule.updates) {
      const operands = reads.map(operandOf);
      const clips = clip !== undefined && reads.includes("gradient");
      if (clips) operands.push(clip);
      const next = (...xs: Expr[]): Expr => {
        const named: Record<string, Expr> = {};
        reads.forEach((name, i) => {
          const x = xs[i] as Expr;
          named[name] = clips && name === "gradient" ? expr.mul(x, xs[reads.length] as Expr) : x;
        });
        return to(named);
      };
      // Unchanged in a block-sparse parameter: which blocks there are.
      const { pattern } = variable.value;
      const options = pattern === undefined ? { label: this.kind } : { label: this.kind, pattern };
      const value = unscoped(() => map(operands, next, options));
      if (of === "weight") {
        variable.assign(value);
      } else {
        slots[of]?.dispose();
        slots[of] = value;
      }
    }
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
