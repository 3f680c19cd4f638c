/**
 * Writes the smallest ONNX models that the bench needs, as protobuf bytes.
 *
 * A protobuf message is a list of fields; each is a key, `number << 3 | wire type`, and a value:
 * a varint (wire type 0: seven bits per byte, low bits first) or bytes behind their length (wire
 * type 2: text, raw data, nested messages). The numbers are those of `onnx.proto` in the ONNX
 * project; they never change.
 */

/** One operator. Its inputs and outputs are names of values; the names connect the graph. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers, or lists of integers. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A single-precision value that goes in or comes out. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A value that is part of the model. */
export interface OnnxConstant extends OnnxValue {
  readonly data: Float32Array | BigInt64Array;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants?: readonly OnnxConstant[];
}

/** File format 8 and operator set 17: old enough for every runtime since 2022. */
const irVersion = 8;
const opsetVersion = 17;

const floatType = 1;
const int64Type = 7;
const attributeInt = 2;
const attributeInts = 7;

/** ModelProto: ir_version = 1, graph = 7, opset_import = 8. */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  return join([
    integer(1, irVersion),
    message(7, graphProto(graph)),
    message(8, [integer(2, opsetVersion)]),
  ]);
}

/** GraphProto: node = 1, name = 2, initializer = 5, input = 11, output = 12. */
function graphProto(graph: OnnxGraph): Uint8Array[] {
  return [
    ...graph.nodes.map((node) => message(1, nodeProto(node))),
    text(2, "graph"),
    ...(graph.constants ?? []).map((constant) => message(5, tensorProto(constant))),
    ...graph.inputs.map((value) => message(11, valueInfoProto(value))),
    ...graph.outputs.map((value) => message(12, valueInfoProto(value))),
  ];
}

/** NodeProto: input = 1, output = 2, op_type = 4, attribute = 5. */
function nodeProto(node: OnnxNode): Uint8Array[] {
  return [
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) =>
      message(5, attributeProto(name, value)),
    ),
  ];
}

/** AttributeProto: name = 1, i = 3, ints = 8, type = 20. */
function attributeProto(name: string, value: number | readonly number[]): Uint8Array[] {
  if (typeof value === "number") {
    return [text(1, name), integer(3, value), integer(20, attributeInt)];
  }
  return [text(1, name), ...value.map((item) => integer(8, item)), integer(20, attributeInts)];
}

/** TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9 (little-endian). */
function tensorProto({ name, shape, data }: OnnxConstant): Uint8Array[] {
  return [
    ...shape.map((size) => integer(1, size)),
    integer(2, data instanceof Float32Array ? floatType : int64Type),
    text(8, name),
    bytes(9, littleEndian(data)),
  ];
}

/**
 * ValueInfoProto: name = 1, type = 2; TypeProto: tensor_type = 1; Tensor: elem_type = 1, shape = 2;
 * TensorShapeProto: dim = 1; Dimension: dim_value = 1.
 */
function valueInfoProto({ name, shape }: OnnxValue): Uint8Array[] {
  const dimensions = shape.map((size) => message(1, [integer(1, size)]));
  const tensor = [integer(1, floatType), message(2, dimensions)];
  return [text(1, name), message(2, [message(1, tensor)])];
}

function integer(field: number, value: number): Uint8Array {
  return join([varint(field << 3), varint(value)]);
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(value));
}

function message(field: number, fields: readonly Uint8Array[]): Uint8Array {
  return bytes(field, join(fields));
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return join([varint((field << 3) | 2), varint(value.length), value]);
}

/** Negative integers are written as 64-bit two's complement: always ten bytes. */
function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 128);
  } while (rest !== 0n);
  return Uint8Array.from(out);
}

function littleEndian(data: Float32Array | BigInt64Array): Uint8Array {
  const out = new DataView(new ArrayBuffer(data.byteLength));
  if (data instanceof Float32Array) {
    for (const [index, value] of data.entries()) out.setFloat32(4 * index, value, true);
  } else {
    for (const [index, value] of data.entries()) out.setBigInt64(8 * index, value, true);
  }
  return new Uint8Array(out.buffer);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
