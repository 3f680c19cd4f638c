/** One operation on the tape. */
import type { Gate } from "./gate.js";
import { currentLayer } from "./recording.js";
import type { Variable } from "./variable.js";

/**
 * Whether an input's gradient is asked for. `only`: nothing else used that input and nobody asked
 * for its gradient itself, so that whatever is computed here is all that its own rule will get.
 */
export type Want = false | "shared" | "only";

/**
 * The rule of a gradient: from that of the outputs (`undefined` for one that nothing depends on)
 * those of the inputs, each of its input's shape; `undefined` stands for zero. Only what `wants` asks for
 * need be computed. Written with operations of this package, a rule has a derivative itself.
 *
 * A pass owns what a rule returns, so that must be made by the rule, or be (a view of) the gradient
 * that it was given or of a value of the operation.
 */
export type Rule = (
  gradients: readonly (Variable | undefined)[],
  wants: readonly Want[],
) => readonly (Variable | undefined)[];

/** {@link Rule} of an operation with one result. */
export type SingleRule = (
  gradient: Variable,
  wants: readonly Want[],
) => readonly (Variable | undefined)[];

/** One recorded operation. */
export class TapeNode {
  readonly name: string;
  /** Emptied when the node is consumed. */
  inputs: readonly Variable[];
  outputs: readonly Variable[] = [];
  readonly rule: Rule;
  /** Longest way from a leaf: greater than that of all its inputs. */
  readonly depth: number;
  /** Where it was recorded: see `currentLayer`. */
  readonly layer: string = currentLayer();
  consumed = false;
  /** Of a checkpoint: computes the result once more, recorded, for whoever looks at what is inside. */
  again: (() => Variable) | undefined;
  /** See {@link Gate}. */
  gate: Gate | undefined;

  constructor(name: string, inputs: readonly Variable[], rule: Rule) {
    this.name = name;
    this.inputs = inputs;
    this.rule = rule;
    let depth = 0;
    for (const { node } of inputs) if (node !== undefined) depth = Math.max(depth, node.depth);
    this.depth = depth + 1;
    for (const input of inputs) input.acquire();
  }

  /** After the rule ran, or will not run: frees the values that nothing needs any more. */
  consume(): void {
    if (this.consumed) return;
    this.consumed = true;
    const { inputs, outputs } = this;
    this.inputs = [];
    for (const input of inputs) input.letGo();
    for (const output of outputs) output.settle();
  }
}

/** Consumes an operation whose results nobody asks for any more, and those before it likewise. */
export function abandon(last: TapeNode): void {
  const nodes = [last];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.consumed || !node.outputs.every((output) => output.isAbandoned)) continue;
    const { inputs } = node;
    node.consume();
    for (const input of inputs) if (input.node !== undefined) nodes.push(input.node);
  }
}
