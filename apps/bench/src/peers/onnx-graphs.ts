import type { OnnxConstant, OnnxGraph, OnnxNode, OnnxValue } from "./onnx-proto.js";
import type { MatmulSpec, Shape, SumOver } from "./peer.js";

/**
 * The graph of one product. Inputs are `a`, `b` and, with a bias, `bias`; the output is `c`.
 *
 * A single product with a transpose, bias or activation is `Gemm`, whose attributes transpose for
 * free and which the runtime fuses with `Relu`. Otherwise it is `MatMul`, behind `Transpose` nodes
 * where needed, which the runtime fuses as well.
 *
 * @param constantB the values of b when they belong to the model (weights), packed once.
 */
export function matmulGraph(spec: MatmulSpec, constantB?: Float32Array): OnnxGraph {
  const { m, n, k, transposeA, transposeB } = spec;
  const stack = spec.batch === undefined ? [] : [spec.batch];
  const a: OnnxValue = { name: "a", shape: [...stack, ...(transposeA ? [k, m] : [m, k])] };
  const b: OnnxValue = { name: "b", shape: [...stack, ...(transposeB ? [n, k] : [k, n])] };
  const bias: OnnxValue = { name: "bias", shape: [n] };
  const simple = !transposeA && !transposeB && !spec.bias;
  const product = stack.length > 0 || simple ? matmulNodes(spec) : gemmNodes(spec);
  return {
    nodes: finish(product, spec),
    inputs: [a, ...(constantB ? [] : [b]), ...(spec.bias ? [bias] : [])],
    outputs: [{ name: "c", shape: [...stack, m, n] }],
    constants: constantB ? [{ ...b, data: constantB }] : [],
  };
}

/** c = a + b. */
export function addGraph(shape: Shape): OnnxGraph {
  return elementwiseGraph(shape, ["a", "b"], [node("Add", ["a", "b"], "c")]);
}

/** c = x·y + z. */
export function multiplyAddGraph(shape: Shape): OnnxGraph {
  const nodes = [node("Mul", ["x", "y"], "xy"), node("Add", ["xy", "z"], "c")];
  return elementwiseGraph(shape, ["x", "y", "z"], nodes);
}

/** c = softmax of each row of x. */
export function softmaxGraph(shape: Shape): OnnxGraph {
  return elementwiseGraph(shape, ["x"], [node("Softmax", ["x"], "c", { axis: -1 })]);
}

/** c = sums of x; its shape keeps a 1 for each dimension that was summed. */
export function sumGraph({ rows, cols }: Shape, over: SumOver): OnnxGraph {
  const axes = { row: [1n], column: [0n], all: [0n, 1n] }[over];
  const shape = { row: [rows, 1], column: [1, cols], all: [1, 1] }[over];
  const axesInput: OnnxConstant = {
    name: "axes",
    shape: [axes.length],
    data: BigInt64Array.from(axes),
  };
  return {
    nodes: [node("ReduceSum", ["x", "axes"], "c", { keepdims: 1 })],
    inputs: [{ name: "x", shape: [rows, cols] }],
    outputs: [{ name: "c", shape }],
    constants: [axesInput],
  };
}

function gemmNodes({ transposeA, transposeB, bias }: MatmulSpec): OnnxNode[] {
  const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
  return [node("Gemm", bias ? ["a", "b", "bias"] : ["a", "b"], "product", attributes)];
}

function matmulNodes({ transposeA, transposeB, bias, batch }: MatmulSpec): OnnxNode[] {
  const attributes = { perm: batch === undefined ? [1, 0] : [0, 2, 1] };
  return [
    ...(transposeA ? [node("Transpose", ["a"], "aTransposed", attributes)] : []),
    ...(transposeB ? [node("Transpose", ["b"], "bTransposed", attributes)] : []),
    node(
      "MatMul",
      [transposeA ? "aTransposed" : "a", transposeB ? "bTransposed" : "b"],
      bias ? "unbiased" : "product",
    ),
    ...(bias ? [node("Add", ["unbiased", "bias"], "product")] : []),
  ];
}

/** Ends in a value named `c`: through the activation, or by renaming the last output. */
function finish(nodes: readonly OnnxNode[], spec: MatmulSpec): OnnxNode[] {
  if (spec.activation === "relu") return [...nodes, node("Relu", ["product"], "c")];
  return nodes.map((each) =>
    each.outputs.includes("product") ? { ...each, outputs: ["c"] } : each,
  );
}

function elementwiseGraph(
  { rows, cols }: Shape,
  inputs: readonly string[],
  nodes: readonly OnnxNode[],
): OnnxGraph {
  const value = (name: string): OnnxValue => ({ name, shape: [rows, cols] });
  return { nodes, inputs: inputs.map(value), outputs: [value("c")] };
}

function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: NonNullable<OnnxNode["attributes"]> = {},
): OnnxNode {
  return { op, inputs, outputs: [output], attributes };
}
