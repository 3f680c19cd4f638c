import { BlkError, BlockMatrix, scope } from "@blk/core";
import type { Module, NamedParameter } from "../module.js";
import { withRecording } from "../recording.js";
import type { TapeNode } from "../tape-node.js";
import { layerOf, layerOfNodes, nodesBefore } from "./graph.js";
import { multiplyAddsOf, storedBytes, storedElements } from "./multiply-adds.js";
import { textTable } from "./text-table.js";

/** One layer of a {@link Summary}. */
export interface LayerSummary {
  /** The names of its parameters without their ends: `0` of `0.weight`. */
  readonly name: string;
  /** `linear`; empty where the model does not say. */
  readonly kind: string;
  /** Rows and columns of its result; `undefined` for a layer without operations of its own. */
  readonly output: readonly [rows: number, cols: number] | undefined;
  /** Each parameter with its size and cuts: `weight 784×512, 14×8 blocks, 25 % present`. */
  readonly shapes: readonly string[];
  /** Elements of its parameters, of present blocks. */
  readonly parameters: number;
  readonly parameterBytes: number;
  /** Forward; backward takes twice that. */
  readonly multiplyAdds: number;
  /** Of its results, as far as training keeps them until the backward pass: at most. */
  readonly activationBytes: number;
}

/** What a model is made of. `String(summary)` is a table. */
export interface Summary {
  readonly layers: readonly LayerSummary[];
  readonly rows: number;
  readonly parameters: number;
  readonly parameterBytes: number;
  readonly multiplyAdds: number;
  readonly activationBytes: number;
  toString(): string;
}

/** What {@link summary} needs to know of the input. */
export interface SummaryOptions {
  /** Rows of the input. */
  readonly rows: number;
  /** Its columns. Default: the rows of the first parameter. */
  readonly cols?: number;
  /** An input to use instead of zeros: token numbers, images, rows cut into sequences. */
  readonly input?: BlockMatrix;
}

/**
 * The layers of a model: shapes, cuts, parameters, multiply-adds and memory, found by one forward pass
 * over zeros. A layer without parameters counts to the one before. Throws what the model throws, and
 * `ARGUMENT` where columns are neither given nor to be guessed.
 *
 * ```ts
 * console.log(String(summary(model, { rows: 128 })));
 * ```
 */
export function summary(
  model: Pick<Module, "parameters" | "forward" | "children">,
  options: SummaryOptions,
): Summary {
  const { parameters } = model;
  const work = scope(() => {
    const output = withRecording(true, () => model.forward(inputOf(parameters, options)));
    const nodes = nodesBefore(output);
    const works = workOfLayers(nodes, layerOfNodes(nodes, parameters));
    output.dispose();
    return works;
  });
  const layers = namesAndKinds(model).map(({ name, kind }): LayerSummary => {
    const own = parameters.filter((parameter) => layerOf(parameter.name) === name);
    const { output, multiplyAdds, activationBytes } = work.get(name) ?? noWork;
    return {
      ...{ name, kind, output, multiplyAdds, activationBytes },
      shapes: own.map(shapeOf),
      parameters: total(own, ({ variable }) => storedElements(variable.value)),
      parameterBytes: total(own, ({ variable }) => storedBytes(variable.value)),
    };
  });
  const sums = {
    parameters: total(layers, (layer) => layer.parameters),
    parameterBytes: total(layers, (layer) => layer.parameterBytes),
    multiplyAdds: total(layers, (layer) => layer.multiplyAdds),
    activationBytes: total(layers, (layer) => layer.activationBytes),
  };
  const rows = options.input?.rows ?? options.rows;
  const result = { layers, rows, ...sums };
  return { ...result, toString: () => described(result) };
}

interface Work {
  readonly output: readonly [rows: number, cols: number] | undefined;
  readonly multiplyAdds: number;
  readonly activationBytes: number;
}

const noWork: Work = { output: undefined, multiplyAdds: 0, activationBytes: 0 };

function workOfLayers(
  nodes: readonly TapeNode[],
  layers: ReadonlyMap<TapeNode, string>,
): ReadonlyMap<string, Work> {
  const works = new Map<string, Work>();
  for (const node of nodes) {
    const layer = layers.get(node);
    const value = node.outputs.at(-1)?.value;
    if (layer === undefined || value === undefined) continue;
    const before = works.get(layer) ?? noWork;
    const owned = node.outputs.filter(({ value }) => value.source === undefined);
    works.set(layer, {
      output: [value.rows, value.cols],
      multiplyAdds: before.multiplyAdds + multiplyAddsOf(node),
      activationBytes: before.activationBytes + total(owned, ({ value }) => storedBytes(value)),
    });
  }
  return works;
}

function inputOf(
  parameters: readonly NamedParameter[],
  { rows, cols, input }: SummaryOptions,
): BlockMatrix {
  if (input !== undefined) return input;
  const first = parameters[0]?.variable;
  if (first === undefined) {
    throw new BlkError("ARGUMENT", "summary: the model has no parameters; give an input");
  }
  const { backend, dtype } = first;
  return BlockMatrix.zeros(backend, { rows, cols: cols ?? first.rows, dtype });
}

/** The leaves of the tree of modules; where there is none, the names of parameters tell. */
function namesAndKinds(
  model: Pick<Module, "parameters" | "children">,
): readonly { readonly name: string; readonly kind: string }[] {
  const found = new Map<string, string>();
  const visit = (module: Pick<Module, "children">, prefix: string): void => {
    for (const { name, module: child } of module.children ?? []) {
      const path = prefix === "" ? name : `${prefix}.${name}`;
      const isLeaf = child.children === undefined || child.children.length === 0;
      if (isLeaf) found.set(path, child.kind);
      else visit(child, path);
    }
  };
  visit(model, "");
  for (const { name } of model.parameters) {
    const layer = layerOf(name);
    if (!found.has(layer)) found.set(layer, "");
  }
  return [...found].map(([name, kind]) => ({ name, kind }));
}

function shapeOf({ name, variable }: NamedParameter): string {
  const { rows, cols, rowPartition, colPartition, value } = variable;
  const end = name.slice(name.lastIndexOf(".") + 1);
  const size = `${end} ${rows}×${cols}`;
  const { pattern } = value;
  if (pattern === undefined && rowPartition.isWhole && colPartition.isWhole) return size;
  const present = pattern === undefined ? "" : `, ${(100 * pattern.density).toFixed(0)} % present`;
  return `${size}, ${rowPartition.count}×${colPartition.count} blocks${present}`;
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

function described({ layers, ...sums }: Omit<Summary, "toString">): string {
  const head = ["layer", "kind", "output", "parameters", "count", "multiply-adds", "memory"];
  const figures = (sum: Omit<LayerSummary, "name" | "kind" | "output" | "shapes">): string[] => [
    count(sum.parameters),
    count(sum.multiplyAdds),
    bytes(sum.parameterBytes + sum.activationBytes),
  ];
  const rows = layers.map((layer) => [
    ...[layer.name, layer.kind, layer.output?.join("×") ?? ""],
    ...[layer.shapes.join("; "), ...figures(layer)],
  ]);
  const last = ["total", "", "", "", ...figures(sums)];
  const notes = [
    `For an input of ${sums.rows} rows, forward; backward takes twice the multiply-adds.`,
    `Memory: parameters ${bytes(sums.parameterBytes)}, results kept for the backward pass at most ${bytes(sums.activationBytes)}.`,
  ];
  return [textTable([head, ...rows, last], ["count", "multiply-adds", "memory"]), ...notes].join(
    "\n",
  );
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function bytes(number: number): string {
  if (number < 1024) return `${number} B`;
  if (number < 1024 ** 2) return `${(number / 1024).toFixed(1)} KiB`;
  if (number < 1024 ** 3) return `${(number / 1024 ** 2).toFixed(1)} MiB`;
  return `${(number / 1024 ** 3).toFixed(1)} GiB`;
}
