import { BlkError, BlockMatrix, map, scope } from "@blk/core";
import { GradientOwners, rootOf } from "./gradient-owners.js";
import { matched } from "./matched.js";
import { add } from "./ops/elementwise.js";
import type { TapeNode, Want } from "./tape-node.js";
import { Variable } from "./variable.js";
import { zerosLike } from "./zeros-like.js";

/** One walk over the tape, and the gradients that are on their way. */
export class BackwardPass {
  readonly #result: Variable;
  readonly #wanted: ReadonlySet<Variable>;
  /** Nodes that lead to something wanted. */
  readonly #leading = new Set<TapeNode>();
  readonly #pending = new Map<Variable, Variable>();
  readonly #owners = new GradientOwners();
  readonly #createGraph: boolean;
  #seed: BlockMatrix | undefined;

  /** `nodes`: those behind the result, each after all that read its results. */
  constructor(
    result: Variable,
    wanted: readonly Variable[],
    nodes: readonly TapeNode[],
    createGraph: boolean,
  ) {
    this.#result = result;
    this.#wanted = new Set(wanted);
    this.#createGraph = createGraph;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i] as TapeNode;
      if (node.inputs.some((input) => this.#leads(input))) this.#leading.add(node);
    }
  }

  /** Starts from the gradient of the result. */
  begin(seed: BlockMatrix | undefined): void {
    this.#seed = seed;
    if (seed !== undefined) {
      this.#pending.set(this.#result, new Variable(seed));
      return;
    }
    const { backend, dtype } = this.#result;
    const one = BlockMatrix.full(backend, 1, { rows: 1, cols: 1, dtype });
    this.#owners.hold(one);
    this.#pending.set(this.#result, new Variable(one));
  }

  /** Runs the rule of a node on the gradients of its results. */
  run(node: TapeNode): void {
    if (!this.#leading.has(node)) return;
    const { inputs, outputs } = node;
    const arrived = outputs.map((output) => this.#pending.get(output));
    if (arrived.every((gradient) => gradient === undefined)) return;
    const wants = inputs.map((input) => this.#wantOf(input));
    const results = this.#apply(node, arrived, wants);
    inputs.forEach((input, i) => {
      const gradient = results[i];
      if (gradient === undefined || !wants[i]) return;
      if (gradient.rows !== input.rows || gradient.cols !== input.cols) {
        throw new BlkError(
          "SHAPE",
          `gradients: the rule of ${node.name} gave a gradient ${gradient} for its input ${i}, ${input}; a gradient has the shape of its variable`,
        );
      }
      if (!this.#createGraph && !this.#isForeign(gradient.value, node)) {
        this.#owners.hold(gradient.value);
      }
      this.#deliver(input, gradient);
    });
    for (const output of outputs) if (!this.#wanted.has(output)) this.#drop(output);
  }

  /** The gradient of a wanted variable, as the caller's own. */
  take(variable: Variable): Variable {
    const gradient = this.#pending.get(variable);
    if (gradient === undefined) return new Variable(zerosLike(variable.value));
    if (this.#createGraph) return gradient;
    const { value } = gradient;
    return this.#owners.handOut(value) ? gradient : new Variable(copyOf(value));
  }

  /** Frees what nobody took. */
  end(): void {
    for (const variable of [...this.#pending.keys()]) this.#drop(variable);
  }

  #leads(variable: Variable): boolean {
    const { node } = variable;
    return this.#wanted.has(variable) || (node !== undefined && this.#leading.has(node));
  }

  #wantOf(input: Variable): Want {
    if (!this.#leads(input)) return false;
    return input.readers === 1 && !this.#wanted.has(input) ? "only" : "shared";
  }

  #apply(
    node: TapeNode,
    arrived: readonly (Variable | undefined)[],
    wants: readonly Want[],
  ): readonly (Variable | undefined)[] {
    if (this.#createGraph) return node.rule(arrived, wants);
    const results = scope(() => node.rule(arrived, wants).map((result) => result?.value));
    return results.map((value) => value && new Variable(value));
  }

  /** Whether this is memory of an operation's values and not of a gradient. */
  #isForeign(gradient: BlockMatrix, { inputs, outputs }: TapeNode): boolean {
    if (this.#owners.holds(gradient)) return false;
    const root = rootOf(gradient);
    const isRoot = (variable: Variable): boolean => rootOf(variable.value) === root;
    const isSeed = this.#seed !== undefined && rootOf(this.#seed) === root;
    return isSeed || inputs.some(isRoot) || outputs.some(isRoot);
  }

  /** Adds a gradient, which is held, to those that arrived at a variable before. */
  #deliver(variable: Variable, gradient: Variable): void {
    const arrived = this.#pending.get(variable);
    const fit = this.#replaced(gradient, () => matched(gradient, variable));
    if (arrived === undefined) {
      this.#pending.set(variable, fit);
      return;
    }
    const sum = this.#replaced(fit, () => add(arrived, fit));
    if (!this.#createGraph) this.#owners.release(arrived.value);
    this.#pending.set(variable, sum);
  }

  /** What is made of a held gradient, held in its place. */
  #replaced(gradient: Variable, make: () => Variable): Variable {
    if (this.#createGraph) return make();
    const value = scope(() => make().value);
    if (rootOf(value) !== rootOf(gradient.value)) {
      this.#owners.hold(value);
      this.#owners.release(gradient.value);
    }
    return new Variable(value);
  }

  #drop(variable: Variable): void {
    const gradient = this.#pending.get(variable);
    this.#pending.delete(variable);
    if (gradient !== undefined && !this.#createGraph) this.#owners.release(gradient.value);
  }
}

function copyOf(value: BlockMatrix): BlockMatrix {
  return map(value, (x) => x, { label: "gradients" });
}
