import { BlkError, BlockMatrix, describeValue } from "@blk/core";
import { readStored, storedCount } from "../stored-elements.js";
import {
  bitsPerElement,
  isSafetensorsDType,
  type SafetensorsDType,
  safetensorsDTypeOf,
} from "./dtypes.js";
import { encodeHeader, metadataName, sizes, type TensorInfo, tensorBytes } from "./header.js";
import { shown } from "./json.js";
import { encodeLayouts, layoutKey } from "./layout.js";
import { checkByteOrder } from "./safetensors-file.js";

/** A tensor of any type and dimensions, as bytes: what `bytes()` of a file gave, for one. */
export interface RawTensor {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Elements row by row, little-endian. */
  readonly bytes: Uint8Array;
}

/** Tensors by name. */
export type Tensors =
  | Readonly<Record<string, BlockMatrix | RawTensor>>
  | Iterable<readonly [name: string, tensor: BlockMatrix | RawTensor]>;

/** Options of writing. */
export interface WriteOptions {
  /** Texts about the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A safetensors file in memory: all pieces of {@link streamSafetensors}. */
export async function encodeSafetensors(
  tensors: Tensors,
  options: WriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of streamSafetensors(tensors, options)) pieces.push(piece);
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

/**
 * The bytes of a safetensors file, one tensor at a time, so that no more than one is in memory twice.
 * Equal tensors give equal bytes. The matrices must live, unchanged, until the last piece.
 *
 * A matrix is written under its type, as `[rows, cols]`; its cuts go into the metadata. Of a
 * block-sparse one, only the present blocks are written, as one dimension: for a reader other than this
 * package, write `toDense(matrix)`.
 *
 * Throws `ARGUMENT`, `SHAPE`, `DISPOSED`, and what reading a matrix rejects with.
 *
 * ```ts
 * for await (const piece of streamSafetensors({ w, b }, { metadata: { made: "today" } })) send(piece);
 * ```
 */
export async function* streamSafetensors(
  tensors: Tensors,
  { metadata = {} }: WriteOptions = {},
): AsyncGenerator<Uint8Array> {
  const entries = entriesOf(tensors);
  checkMetadata(metadata);
  const texts = new Map(Object.entries(metadata));
  const layout = encodeLayouts(
    entries.filter((entry): entry is Entry<BlockMatrix> => entry[1] instanceof BlockMatrix),
  );
  if (layout !== undefined) texts.set(layoutKey, layout);
  const placed = new Map<string, TensorInfo>();
  let end = 0;
  for (const [name, tensor] of entries) {
    const { bytes, ...info } = described(name, tensor);
    placed.set(name, { ...info, offsets: [end, end + bytes] });
    end += bytes;
  }
  yield encodeHeader({ tensors: placed, metadata: texts });
  for (const [, tensor] of entries) {
    if (!(tensor instanceof BlockMatrix)) yield tensor.bytes;
    else {
      checkByteOrder();
      const host = await readStored("safetensors", tensor);
      yield new Uint8Array(host.buffer, host.byteOffset, host.byteLength);
    }
  }
}

type Entry<Tensor> = readonly [name: string, tensor: Tensor];

/** Large elements first, so that all lie where memory of their type may begin; then by name. */
function entriesOf(tensors: Tensors): readonly Entry<BlockMatrix | RawTensor>[] {
  if (typeof tensors !== "object" || tensors === null) {
    throw new BlkError(
      "ARGUMENT",
      `safetensors: expected { name: matrix, … } or pairs of names and matrices, got ${describeValue(tensors)}`,
    );
  }
  const isIterable = typeof (tensors as Iterable<unknown>)[Symbol.iterator] === "function";
  const entries = isIterable
    ? [...(tensors as Iterable<Entry<BlockMatrix | RawTensor>>)]
    : Object.entries(tensors as Readonly<Record<string, BlockMatrix | RawTensor>>);
  const names = new Set<string>();
  for (const entry of entries) {
    const [name, tensor] = Array.isArray(entry) ? entry : ([] as unknown as typeof entry);
    checkText("the name of a tensor", name);
    checkTensor(name, tensor);
    if (name === metadataName || names.has(name)) {
      throw new BlkError(
        "ARGUMENT",
        `safetensors: the name ${shown(name)} is ${names.has(name) ? "there twice" : "reserved"}; give each tensor a name of its own`,
      );
    }
    names.add(name);
  }
  const size = (tensor: BlockMatrix | RawTensor): number => bitsPerElement(formatOf(tensor));
  return entries.sort(([x, a], [y, b]) => size(b) - size(a) || (x < y ? -1 : 1));
}

function checkTensor(name: string, tensor: unknown): void {
  if (tensor instanceof BlockMatrix) return;
  const { dtype, shape, bytes } = (tensor ?? {}) as Partial<RawTensor>;
  const isRaw =
    typeof dtype === "string" &&
    isSafetensorsDType(dtype) &&
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    bytes instanceof Uint8Array;
  if (isRaw) return;
  throw new BlkError(
    "ARGUMENT",
    `safetensors: expected a BlockMatrix or { dtype, shape, bytes } as ${shown(name)}, got ${describeValue(tensor)}; a variable has its matrix as value`,
  );
}

function formatOf({ dtype }: BlockMatrix | RawTensor): SafetensorsDType {
  const isMatrixType = dtype === "f16" || dtype === "f32" || dtype === "f64" || dtype === "i32";
  return isMatrixType ? safetensorsDTypeOf(dtype) : dtype;
}

function described(
  name: string,
  tensor: BlockMatrix | RawTensor,
): Omit<TensorInfo, "offsets"> & { readonly bytes: number } {
  const dtype = formatOf(tensor);
  const shape =
    tensor instanceof BlockMatrix
      ? tensor.isSparse
        ? [storedCount("safetensors", tensor)]
        : [tensor.rows, tensor.cols]
      : tensor.shape;
  const bytes = tensorBytes(dtype, shape);
  if (bytes !== undefined && (tensor instanceof BlockMatrix || tensor.bytes.length === bytes)) {
    return { dtype, shape, bytes };
  }
  throw new BlkError(
    "SHAPE",
    `safetensors: tensor ${shown(name)} of ${dtype} and shape ${sizes(shape)} needs ${bytes ?? "no whole number of"} bytes, got ${(tensor as RawTensor).bytes.length}`,
  );
}

function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  for (const [key, text] of Object.entries(metadata)) {
    checkText("a key of the metadata", key);
    checkText(`metadata ${shown(key)}`, text);
    if (key === layoutKey) {
      throw new BlkError(
        "ARGUMENT",
        `safetensors: the metadata ${layoutKey} is written for the cuts of matrices; choose another key`,
      );
    }
  }
}

function checkText(what: string, text: string): void {
  if (typeof text === "string" && !/\p{Surrogate}/u.test(text)) return;
  throw new BlkError(
    "ARGUMENT",
    `safetensors: ${what} must be a text of whole characters, got ${typeof text === "string" ? shown(text) : typeof text}`,
  );
}
