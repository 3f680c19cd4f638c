/**
 * The header of a safetensors file:
 *
 * ```text
 * 8 bytes   N, little-endian
 * N bytes   {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …,
 *            "__metadata__": {"key": "text", …}}      JSON in UTF-8, filled up with spaces
 * the rest  the tensors' elements, row by row, little-endian; offsets count from here
 * ```
 *
 * The format is that of https://github.com/huggingface/safetensors. Its rules are kept to the letter:
 * the tensors cover the rest without a gap and without an overlap.
 */
import { BlkError } from "@blk/core";
import {
  bitsPerElement,
  isSafetensorsDType,
  type SafetensorsDType,
  safetensorsDTypes,
} from "./dtypes.js";
import { type Json, parseJson, shown } from "./json.js";

/** What the header says about one tensor. */
export interface TensorInfo {
  readonly dtype: SafetensorsDType;
  /** Sizes of its dimensions, the slowest first; none for a single number. */
  readonly shape: readonly number[];
  /** First byte and the one behind the last, counted from the end of the header. */
  readonly offsets: readonly [begin: number, end: number];
}

export interface Header {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Bytes of a header at most, as in the format's own library. */
export const maxHeaderBytes = 100_000_000;

/** The reserved name for texts about the file. */
export const metadataName = "__metadata__";

/** Bytes of the length that a file begins with. */
export const lengthBytes = 8;

/**
 * Length of the header, from the first bytes of a file of `fileSize`. Throws `DATA`: a length that
 * the file does not have is never allocated.
 */
export function headerLength(start: Uint8Array, fileSize: number): number {
  if (start.length < lengthBytes) {
    throw damaged(`a file has at least ${lengthBytes} bytes, but there are ${fileSize}`);
  }
  const view = new DataView(start.buffer, start.byteOffset, lengthBytes);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > maxHeaderBytes) {
    throw damaged(`its header would be ${length} bytes, more than ${maxHeaderBytes}`);
  }
  if (length > fileSize - lengthBytes) {
    throw damaged(`its header would be ${length} bytes, but only ${fileSize - lengthBytes} follow`);
  }
  return length;
}

/** Reads and checks a header; `dataBytes` follow it. Throws `DATA`. */
export function parseHeader(bytes: Uint8Array, dataBytes: number): Header {
  if (bytes[0] !== 0x7b) throw damaged("its header does not begin with {");
  const root = parseJson(decodeUtf8(bytes), "safetensors header", 3);
  const tensors = new Map<string, TensorInfo>();
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of root as ReadonlyMap<string, Json>) {
    if (name === metadataName) metadata = checkMetadata(value);
    else tensors.set(name, checkTensor(name, value));
  }
  checkCover(tensors, dataBytes);
  return { tensors, metadata };
}

/** The bytes before the tensors' elements: length and header. Tensors must cover them in this order. */
export function encodeHeader({ tensors, metadata }: Header): Uint8Array {
  const parts: string[] = [];
  if (metadata.size > 0) {
    const texts = [...metadata].map(([key, text]) => pair(key, JSON.stringify(text)));
    parts.push(pair(metadataName, `{${texts.join(",")}}`));
  }
  for (const [name, { dtype, shape, offsets }] of tensors) {
    parts.push(pair(name, JSON.stringify({ dtype, shape, data_offsets: offsets })));
  }
  const json = new TextEncoder().encode(`{${parts.join(",")}}`);
  // Filled up, so that what follows lies where memory of 8-byte elements may begin.
  const length = Math.ceil(json.length / 8) * 8;
  if (length > maxHeaderBytes) {
    throw new BlkError(
      "DATA",
      `safetensors: the header of ${tensors.size} tensors is ${length} bytes, more than the ${maxHeaderBytes} that readers accept; write several files or less metadata`,
    );
  }
  const bytes = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, lengthBytes);
  return bytes;
}

function pair(name: string, value: string): string {
  return `${JSON.stringify(name)}:${value}`;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw damaged("its header is not UTF-8", { cause });
  }
}

function checkMetadata(value: Json): ReadonlyMap<string, string> {
  if (!(value instanceof Map)) throw damaged(`${metadataName} is no object`);
  for (const [key, text] of value) {
    if (typeof text !== "string") throw damaged(`${metadataName} has no text at ${shown(key)}`);
  }
  return value as ReadonlyMap<string, string>;
}

const fields = ["dtype", "shape", "data_offsets"];

function checkTensor(name: string, value: Json): TensorInfo {
  const what = `tensor ${shown(name)}`;
  if (!(value instanceof Map) || value.size !== fields.length || !fields.every(hasIn(value))) {
    throw damaged(`${what} must have ${fields.join(", ")} and nothing else`);
  }
  const [dtype, shape, offsets] = fields.map((field) => value.get(field) as Json);
  if (typeof dtype !== "string" || !isSafetensorsDType(dtype)) {
    const named = typeof dtype === "string" ? shown(dtype) : "no text";
    throw damaged(`the dtype of ${what} is ${named}; known are ${safetensorsDTypes.join(", ")}`);
  }
  if (!areNumbers(shape)) throw damaged(`the shape of ${what} is no list of numbers`);
  if (!areNumbers(offsets) || offsets.length !== 2) {
    throw damaged(`the data_offsets of ${what} are no two numbers`);
  }
  const [begin, end] = offsets as unknown as readonly [number, number];
  if (begin > end) throw damaged(`${what} ends at byte ${end}, before it begins at ${begin}`);
  const expected = tensorBytes(dtype, shape);
  if (expected === undefined) {
    throw damaged(`${what} of ${dtype} and shape ${sizes(shape)} has no whole number of bytes`);
  }
  if (expected !== end - begin) {
    throw damaged(
      `${what} of ${dtype} and shape ${sizes(shape)} needs ${expected} bytes, but has ${end - begin}`,
    );
  }
  return { dtype, shape, offsets: [begin, end] };
}

function hasIn(map: ReadonlyMap<string, Json>): (field: string) => boolean {
  return (field) => map.has(field);
}

function areNumbers(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

/** Bytes of a tensor; `undefined` beyond 2⁵³ − 1 on the way, and for a fraction of a byte. */
export function tensorBytes(dtype: SafetensorsDType, shape: readonly number[]): number | undefined {
  let total = bitsPerElement(dtype);
  for (const size of shape) {
    total *= size;
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total % 8 === 0 ? total / 8 : undefined;
}

/** Throws unless the tensors, in order of their bytes, follow one another from 0 to the end. */
function checkCover(tensors: ReadonlyMap<string, TensorInfo>, dataBytes: number): void {
  const byPlace = [...tensors].sort(
    ([, { offsets: x }], [, { offsets: y }]) => x[0] - y[0] || x[1] - y[1],
  );
  let reached = 0;
  let previous = "the header";
  for (const [name, { offsets }] of byPlace) {
    const [begin, end] = offsets;
    if (begin !== reached) {
      const fault = begin < reached ? "overlaps" : "leaves a hole after";
      throw damaged(`tensor ${shown(name)} at byte ${begin} ${fault} ${previous}, at ${reached}`);
    }
    reached = end;
    previous = `tensor ${shown(name)}`;
  }
  if (reached !== dataBytes) {
    throw damaged(`its tensors are ${reached} bytes, but ${dataBytes} follow the header`);
  }
}

export function sizes(shape: readonly number[]): string {
  const listed = shape.length > 8 ? [...shape.slice(0, 8), "…"] : shape;
  return `[${listed.join(", ")}]`;
}

function damaged(problem: string, options: { cause?: unknown } = {}): BlkError {
  return new BlkError(
    "DATA",
    `safetensors: ${problem}; the file is damaged or not a safetensors file, get it anew`,
    options,
  );
}
