/** The operations behind a variable, and the layers that they belong to. */
import type { Module } from "../module.js";
import type { TapeNode } from "../tape-node.js";
import type { Variable } from "../variable.js";

/** In an order in which they can have run: each after those whose results it reads. */
export function nodesBefore(result: Variable): readonly TapeNode[] {
  const seen = new Set<TapeNode>();
  if (result.node !== undefined) seen.add(result.node);
  for (const { inputs } of seen) {
    for (const { node } of inputs) if (node !== undefined) seen.add(node);
  }
  return [...seen].sort((x, y) => x.depth - y.depth);
}

/**
 * The layer of each operation: where it was recorded, if the model has a module of that name. Else that of
 * a parameter it reads, or that of the operation before it (of several, of the last to run).
 */
export function layerOfNodes(
  nodes: readonly TapeNode[],
  model: Pick<Module, "parameters" | "children">,
): ReadonlyMap<TapeNode, string> {
  const { parameters } = model;
  const known = new Set(modulesOf(model).map(({ path }) => path));
  const names = new Map(parameters.map(({ name, variable }) => [variable, name]));
  const layers = new Map<TapeNode, string>();
  for (const node of nodes) {
    if (known.has(node.layer)) {
      layers.set(node, node.layer);
      continue;
    }
    let layer: string | undefined;
    let depth = -1;
    for (const input of node.inputs) {
      const name = names.get(input);
      if (name !== undefined) {
        layer = layerOf(name);
        break;
      }
      const before = input.node && layers.get(input.node);
      if (input.node !== undefined && before !== undefined && input.node.depth > depth) {
        depth = input.node.depth;
        layer = before;
      }
    }
    if (layer !== undefined) layers.set(node, layer);
  }
  return layers;
}

/** `"0.attention"` of `"0.attention.weight"`; the name itself where it has no layer in front. */
export function layerOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? name : name.slice(0, dot);
}

/** The modules within a model, each before those within it, by the names that lead there. */
export function modulesOf(
  model: Pick<Module, "children">,
  prefix = "",
): readonly { readonly path: string; readonly module: Module }[] {
  return (model.children ?? []).flatMap(({ name, module }) => {
    const path = `${prefix}${name}`;
    return [{ path, module }, ...modulesOf(module, `${path}.`)];
  });
}
