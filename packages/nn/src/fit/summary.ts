import { BlkError, BlockMatrix, checkOptions, computeDType, isBlkError, scope } from "@blk/core";
import { checkModule, type Module, type NamedParameter } from "../module.js";
import { Random } from "../random.js";
import { inLayer, withRecording } from "../recording.js";
import type { TapeNode } from "../tape-node.js";
import { parameter, type Variable } from "../variable.js";
import { layerOf, layerOfNodes, modulesOf, nodesBefore } from "./graph.js";
import { multiplyAddsOf, storedBytes, storedElements } from "./multiply-adds.js";
import { textTable } from "./text-table.js";

/** One layer of a {@link Summary}. */
export interface LayerSummary {
  /** Its name in the model, which is that of its parameters without their ends: `0` of `0.weight`. */
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
  /** Forward; backward takes at most twice that, and for what is checkpointed once more. */
  readonly multiplyAdds: number;
  /** Of its results and masks, as far as training keeps them until the backward pass: at most. */
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
 * The layers of a model: shapes, cuts, parameters, multiply-adds and memory, found by one forward pass of
 * training over zeros. Operations outside of any layer count to the one before. A layer that is at several
 * places has its parameters at the first. Throws what the model throws, and `ARGUMENT` where columns are
 * neither given nor to be guessed.
 *
 * ```ts
 * console.log(String(summary(model, { rows: 128 })));
 * ```
 */
export function summary(model: Summarised, options: SummaryOptions): Summary {
  checkModule("summary", model);
  checkOptions("summary", options, "such as { rows: 128 }");
  const { parameters } = model;
  const work = workOf(model, options);
  const layers = layersOf(model, work).map(({ name, kind, own }): LayerSummary => {
    const { output, multiplyAdds, activationBytes } = work.get(name) ?? noWork;
    return {
      ...{ name, kind, output, multiplyAdds, activationBytes },
      shapes: own.map(shapeOf),
      parameters: total(own, ({ variable }) => storedElements(variable.value)),
      parameterBytes: total(own, ({ variable }) => storedBytes(variable.value)),
    };
  });
  const sums = {
    parameters: total(parameters, ({ variable }) => storedElements(variable.value)),
    parameterBytes: total(parameters, ({ variable }) => storedBytes(variable.value)),
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

/** What each layer does in a forward pass of training. */
function workOf(model: Summarised, options: SummaryOptions): ReadonlyMap<string, Work> {
  return scope(() => {
    const input = inputOf(model.parameters, options);
    const output = withRecording(true, () => forwarded(model, input, options));
    const works = new Map<string, Work>();
    // Neither the input nor anything that is counted already.
    const seen = new Set<BlockMatrix>([input]);
    count(output, model, works, seen);
    output.dispose();
    return works;
  });
}

type Summarised = Pick<Module, "parameters" | "forward" | "children"> &
  Partial<Pick<Module, "kind">>;

function forwarded(model: Summarised, input: BlockMatrix, options: SummaryOptions): Variable {
  try {
    // As if it wanted a gradient, so that all that is done with it is recorded.
    const isInteger = computeDType(input.dtype) === "i32";
    return model.forward(isInteger ? input : parameter(input), { random: new Random(0) });
  } catch (cause) {
    if (options.input !== undefined || !isBlkError(cause)) throw cause;
    throw new BlkError(
      cause.code,
      `${cause.message} (summary tried an input of ${input}; give the right cols, or an input: { rows, input })`,
      { cause },
    );
  }
}

/** Adds what the operations behind a result do to the work of their layers. */
function count(
  result: Variable,
  model: Summarised,
  works: Map<string, Work>,
  seen: Set<BlockMatrix>,
): void {
  const nodes = nodesBefore(result);
  const layers = layerOfNodes(nodes, model);
  for (const node of nodes) {
    const layer = isOwn(node, model) ? model.kind : layers.get(node);
    const value = node.outputs.at(-1)?.value;
    if (layer === undefined || value === undefined) continue;
    const before = works.get(layer) ?? noWork;
    // What an operation keeps besides its operands, as a mask, is a constant among its inputs.
    const constants = node.inputs.filter((input) => !input.wantsGradient);
    const kept = [...node.outputs, ...constants]
      .map(({ value }) => value)
      .filter((value) => value.source === undefined && !seen.has(value));
    for (const value of kept) seen.add(value);
    works.set(layer, {
      output: [value.rows, value.cols],
      multiplyAdds: before.multiplyAdds + multiplyAddsOf(node),
      activationBytes: before.activationBytes + total(kept, storedBytes),
    });
    if (node.again !== undefined) countAgain(node, node.again, layer, model, works);
  }
}

/** Work inside of a checkpoint, of which nothing is kept. */
function countAgain(
  node: TapeNode,
  again: () => Variable,
  layer: string,
  model: Summarised,
  works: Map<string, Work>,
): void {
  const inside = new Map<string, Work>();
  const run = (): Variable => (node.layer === "" ? again() : inLayer(node.layer, again));
  const result = run();
  count(result, model, inside, new Set());
  result.dispose();
  for (const [name, { output, multiplyAdds }] of inside) {
    const before = works.get(name) ?? noWork;
    works.set(name, {
      output: name === layer ? before.output : output,
      multiplyAdds: before.multiplyAdds + multiplyAdds,
      activationBytes: before.activationBytes,
    });
  }
}

/** Whether this is what a model does itself, besides what its modules and its parameters do. */
function isOwn(node: TapeNode, model: Summarised): model is Summarised & { readonly kind: string } {
  if (isOneLayer(model)) return true;
  const readsParameter = model.parameters.some(({ variable }) => node.inputs.includes(variable));
  return model.kind !== undefined && node.layer === "" && !readsParameter;
}

/** Whether the model is one layer that says what it is. */
function isOneLayer(model: Summarised): model is Summarised & { readonly kind: string } {
  return model.kind !== undefined && (model.children?.length ?? 0) === 0;
}

interface Layer {
  readonly name: string;
  readonly kind: string;
  readonly own: readonly NamedParameter[];
}

/** The modules of the tree that do something or are its leaves; where there is none, as parameters tell. */
function layersOf(model: Summarised, work: ReadonlyMap<string, Work>): readonly Layer[] {
  const { parameters } = model;
  if (isOneLayer(model)) return [{ name: model.kind, kind: model.kind, own: parameters }];
  const kinds = new Map<string, string>();
  if (model.kind !== undefined && work.has(model.kind)) kinds.set(model.kind, model.kind);
  for (const { path, module } of modulesOf(model)) {
    const isLeaf = (module.children?.length ?? 0) === 0;
    if (isLeaf || work.has(path)) kinds.set(path, module.kind);
  }
  for (const { name } of parameters) {
    const layer = layerOf(name);
    if (!kinds.has(layer)) kinds.set(layer, "");
  }
  return [...kinds].map(([name, kind]) => ({
    ...{ name, kind },
    own: parameters.filter((parameter) => layerOf(parameter.name) === name),
  }));
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
    grouped(sum.parameters),
    grouped(sum.multiplyAdds),
    bytes(sum.parameterBytes + sum.activationBytes),
  ];
  const rows = layers.map((layer) => [
    ...[layer.name, layer.kind, layer.output?.join("×") ?? ""],
    ...[layer.shapes.join("; "), ...figures(layer)],
  ]);
  const last = ["total", "", "", "", ...figures(sums)];
  const notes = [
    `For an input of ${sums.rows} rows, forward; backward takes at most twice the multiply-adds.`,
    `Memory: parameters ${bytes(sums.parameterBytes)}, results kept for the backward pass at most ${bytes(sums.activationBytes)}.`,
  ];
  return [textTable([head, ...rows, last], ["count", "multiply-adds", "memory"]), ...notes].join(
    "\n",
  );
}

function grouped(number: number): string {
  return number.toLocaleString("en-US");
}

function bytes(number: number): string {
  if (number < 1024) return `${number} B`;
  if (number < 1024 ** 2) return `${(number / 1024).toFixed(1)} KiB`;
  if (number < 1024 ** 3) return `${(number / 1024 ** 2).toFixed(1)} MiB`;
  return `${(number / 1024 ** 3).toFixed(1)} GiB`;
}
