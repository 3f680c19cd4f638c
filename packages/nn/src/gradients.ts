import { BlkError, type BlockMatrix, describeValue } from "@blk/core";
import { BackwardPass } from "./backward-pass.js";
import { withRecording } from "./recording.js";
import type { TapeNode } from "./tape-node.js";
import { Variable } from "./variable.js";

/** Options of {@link gradients}. */
export interface GradientOptions {
  /** The gradient of the result, of its shape. Default: 1, for a 1×1 result. */
  readonly seed?: BlockMatrix;
  /** Keep the graph, to differentiate the same result again. Default: it is consumed. */
  readonly keepGraph?: boolean;
  /** Record the backward pass too, so that gradients can be differentiated. Implies `keepGraph`. */
  readonly createGraph?: boolean;
}

/**
 * The gradients of `result` by each of `variables`, each of the shape, element type and partitions
 * of its variable, and block-sparse where that is. A variable on which `result` does not depend has
 * a gradient of zeros. They are the caller's to dispose.
 *
 * The pass frees the values of the graph as it consumes them, but for that of `result` and of what
 * was kept by `keep()`.
 *
 * Throws `SHAPE` for a result that is not 1×1 without a seed, `DISPOSED` for a graph that an earlier
 * call consumed, `ARGUMENT` for a result that no recorded operation computed, or what are no variables.
 *
 * ```ts
 * const [dw, db] = gradients(loss, [w, b]);
 * ```
 */
export function gradients(
  result: Variable,
  variables: readonly Variable[],
  options: GradientOptions = {},
): readonly Variable[] {
  const { createGraph = false, keepGraph = createGraph } = options;
  check(result, variables, options);
  if (!keepGraph) result.keep();
  const nodes = nodesBehind(result);
  return withRecording(createGraph, () => {
    const pass = new BackwardPass(result, variables, nodes, createGraph);
    pass.begin(options.seed);
    try {
      for (const node of nodes) {
        pass.run(node);
        if (!keepGraph) node.consume();
      }
      return variables.map((variable) => pass.take(variable));
    } finally {
      // A pass that failed leaves no half of a graph.
      if (!keepGraph) for (const node of nodes) node.consume();
      pass.end();
    }
  });
}

function check(result: Variable, variables: readonly Variable[], { seed }: GradientOptions): void {
  const given: readonly unknown[] = Array.isArray(variables) ? [result, ...variables] : [null];
  const wrong = given.find((value) => !(value instanceof Variable));
  if (wrong !== undefined || given.includes(undefined)) {
    throw new BlkError(
      "ARGUMENT",
      `gradients: expected a variable and a list of variables, got ${wrong === null ? describeValue(variables) : `${describeValue(wrong)} among them`}; write gradients(loss, model.parameters.map((p) => p.variable))`,
    );
  }
  if (result.node === undefined) {
    throw new BlkError(
      "ARGUMENT",
      `gradients: no operation that computed ${result} was recorded; it must depend on a parameter(), outside of noGrad()`,
    );
  }
  if (seed !== undefined) {
    if (seed.rows === result.rows && seed.cols === result.cols) return;
    throw new BlkError("SHAPE", `gradients: expected a seed like ${result}, got ${seed}`);
  }
  if (result.rows === 1 && result.cols === 1) return;
  throw new BlkError(
    "SHAPE",
    `gradients: ${result} is not 1×1; reduce it with sum() or mean(), or give its gradient as seed`,
  );
}

/** The nodes behind a variable, each after all that read its results. */
function nodesBehind(result: Variable): readonly TapeNode[] {
  const seen = new Set<TapeNode>();
  if (result.node !== undefined) seen.add(result.node);
  for (const node of seen) {
    if (node.consumed) {
      throw new BlkError(
        "DISPOSED",
        `gradients: the ${node.name} behind ${result} was consumed by an earlier pass, or disposed; pass { keepGraph: true } to the earlier one`,
      );
    }
    for (const input of node.inputs) if (input.node !== undefined) seen.add(input.node);
  }
  return [...seen].sort((x, y) => y.depth - x.depth);
}
