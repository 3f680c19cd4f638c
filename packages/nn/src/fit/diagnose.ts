/** Where a loss that is no number comes from: the first value that is not finite, on the way to it. */
import type { BlockMatrix, HostArray } from "@blk/core";
import { gradients } from "../gradients.js";
import type { Module, NamedParameter } from "../module.js";
import { readStored } from "../stored-elements.js";
import type { TapeNode } from "../tape-node.js";
import type { Variable } from "../variable.js";
import type { Batch } from "./data.js";
import { layerOf, layerOfNodes, nodesBefore } from "./graph.js";

/** What was found. */
export interface Diagnosis {
  /** The layer, by its name in the model: `"0"` of `"0.weight"`. */
  readonly layer: string | undefined;
  /** What was not finite. */
  readonly where: string;
  readonly cause: string;
  /** Whether it was a weight, which an update before has made what it is. */
  readonly isWeight?: boolean;
}

/** Looks at the data, the parameters, and each operation behind `loss`, in the order they ran. */
export async function diagnose(
  loss: Variable,
  batch: Batch,
  model: Pick<Module, "parameters" | "children">,
): Promise<Diagnosis> {
  for (const which of ["inputs", "targets"] as const) {
    if ((await look(batch[which])).finite) continue;
    const cause = `the data itself holds NaN or an infinity; look at the ${which} of these samples`;
    return { layer: undefined, where: `the batch's ${which}`, cause };
  }
  for (const { name, variable } of model.parameters) {
    if ((await look(variable.value)).finite) continue;
    const cause =
      "an update before made it so, whose gradients were not finite or whose rate is too large, or it was so from the start; lower the optimiser's rate, or clip gradients";
    return { layer: layerOf(name), where: `parameter ${name}`, cause, isWeight: true };
  }
  const nodes = nodesBefore(loss);
  const layers = layerOfNodes(nodes, model);
  for (const node of nodes) {
    for (const output of node.outputs) {
      if ((await look(output.value)).finite) continue;
      return {
        layer: layers.get(node),
        where: `the result of ${node.name}`,
        cause: await causeAt(node),
      };
    }
  }
  return {
    layer: undefined,
    where: "the loss",
    cause: "its computation is not recorded; look at operations inside of noGrad",
  };
}

/**
 * Looks at the gradients of `loss`, in the order they are computed, where the update that they make gives
 * weights that are not finite. Consumes the graph.
 */
export async function diagnoseUpdate(
  loss: Variable,
  model: Pick<Module, "parameters" | "children">,
): Promise<Diagnosis> {
  const nodes = nodesBefore(loss);
  const layers = layerOfNodes(nodes, model);
  // Before the pass, which empties the nodes: whoever reads a value passes its gradient back.
  const steps = [...nodes]
    .reverse()
    .flatMap((node) => node.inputs.map((variable) => ({ variable, node })))
    .filter(({ variable }) => variable.wantsGradient);
  const found = gradients(
    loss,
    steps.map(({ variable }) => variable),
  );
  try {
    for (const [i, { node }] of steps.entries()) {
      if ((await look((found[i] as Variable).value)).finite) continue;
      return {
        layer: layers.get(node),
        where: `the gradient that ${node.name} passes back`,
        cause:
          "its result is finite, but not its slope there, as that of a root at 0; add a small number to what it is taken of. Or gradients have grown until they overflow; clip them, or lower the optimiser's rate",
      };
    }
  } finally {
    for (const gradient of found) gradient.dispose();
  }
  return {
    layer: undefined,
    where: "the update of the weights",
    cause:
      "gradients are finite, but the weights overflow when they are changed; lower the optimiser's rate, or clip gradients",
  };
}

/** Whether all parameters are finite. */
export async function areFinite(parameters: readonly NamedParameter[]): Promise<boolean> {
  for (const { variable } of parameters) if (!(await look(variable.value)).finite) return false;
  return true;
}

async function causeAt(node: TapeNode): Promise<string> {
  let largest = 0;
  let hasZero = false;
  for (const input of node.inputs) {
    const seen = await look(input.value);
    largest = Math.max(largest, seen.largest);
    hasZero ||= seen.hasZero;
  }
  const magnitude = largest.toPrecision(2);
  if (largest > 1e4) {
    return `numbers have grown to ${magnitude} and overflow; lower the optimiser's rate, clip gradients, or normalise the inputs`;
  }
  return `its inputs are finite (up to ${magnitude}${hasZero ? ", and zero" : ""}), so it divides by zero or takes the logarithm or root of what has none; add a small number, or use a loss on logits`;
}

interface Seen {
  readonly finite: boolean;
  readonly largest: number;
  readonly hasZero: boolean;
}

async function look(matrix: BlockMatrix): Promise<Seen> {
  const elements: HostArray =
    matrix.dtype === "f16"
      ? ((await matrix.toArray()) as Float32Array)
      : await readStored("fit", matrix);
  let largest = 0;
  let hasZero = false;
  for (const element of elements) {
    if (!Number.isFinite(element)) return { finite: false, largest, hasZero };
    largest = Math.max(largest, Math.abs(element));
    hasZero ||= element === 0;
  }
  return { finite: true, largest, hasZero };
}
