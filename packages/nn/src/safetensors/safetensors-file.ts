import {
  type Backend,
  BlkError,
  BlockMatrix,
  type BlockPattern,
  type DType,
  dtypeOf,
  type HostArray,
  type PartitionLike,
} from "@blk/core";
import { type ByteSource, type Bytes, byteSource, readExactly } from "./byte-source.js";
import { decoderOf, matrixDTypes } from "./dtypes.js";
import {
  type Header,
  headerLength,
  lengthBytes,
  parseHeader,
  sizes,
  type TensorInfo,
} from "./header.js";
import { shown } from "./json.js";
import { layoutKey, parseLayouts, type TensorLayout } from "./layout.js";

/** How a tensor becomes a matrix. */
export interface TensorOptions {
  /** Element type of the matrix, rounded to. Default: that of the tensor; of BF16, f32. */
  readonly dtype?: DType;
  /** Where the rows are cut. Default: as the file says, else uncut. */
  readonly blockRows?: PartitionLike;
  /** Where the columns are cut. Default: as the file says, else uncut. */
  readonly blockCols?: PartitionLike;
}

/**
 * Opens a safetensors file: reads its header, checks all of it, and nothing else yet. In Node,
 * `readSafetensorsFile(path)` of `@blk/nn/node` opens one on disk.
 *
 * Throws `DATA` for a file that breaks a rule of the format, with the rule; `ARGUMENT` for what is no
 * file. No memory is allocated that the file is too small to fill.
 *
 * ```ts
 * const file = await openSafetensors(await (await fetch("model.safetensors")).blob());
 * using w = await file.matrix(backend, "layer.weight");
 * ```
 */
export async function openSafetensors(bytes: Bytes): Promise<SafetensorsFile> {
  const source = byteSource(bytes);
  const { size } = source;
  const start = await readExactly(source, 0, Math.min(lengthBytes, size));
  const dataStart = lengthBytes + headerLength(start, size);
  const header = parseHeader(await readExactly(source, lengthBytes, dataStart), size - dataStart);
  return new SafetensorsFile(source, header, dataStart);
}

/** An open safetensors file: tensors by name, read when they are asked for. */
export class SafetensorsFile {
  /** What the file holds, in the order of its header. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Texts about the file, without the one about cuts that this package writes. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly #source: ByteSource;
  readonly #dataStart: number;
  readonly #layouts: ReadonlyMap<string, TensorLayout>;

  constructor(source: ByteSource, { tensors, metadata }: Header, dataStart: number) {
    this.tensors = tensors;
    this.metadata = new Map([...metadata].filter(([key]) => key !== layoutKey));
    this.#source = source;
    this.#dataStart = dataStart;
    this.#layouts = parseLayouts(metadata.get(layoutKey));
  }

  /** The bytes of a tensor of any type, as they are in the file. Throws `ARGUMENT` without such a tensor. */
  async bytes(name: string): Promise<Uint8Array> {
    const [begin, end] = this.#info(name).offsets;
    return readExactly(this.#source, this.#dataStart + begin, this.#dataStart + end);
  }

  /**
   * A tensor's elements, row by row: F16 as bits, BF16 widened to f32, integers of less than 32 bits and
   * BOOL to i32. Throws `DTYPE` for the other types, whose `bytes()` can be read.
   */
  async elements(name: string): Promise<HostArray> {
    const { dtype } = this.#info(name);
    const decode = decoderOf(dtype);
    if (decode === undefined) {
      throw new BlkError(
        "DTYPE",
        `safetensors: tensor ${shown(name)} is ${dtype}, which no matrix holds (${matrixDTypes.join(", ")} can be read); take its bytes() and convert them, or store it as F32`,
        { details: { name, dtype } },
      );
    }
    checkByteOrder();
    // A copy: memory of its own, and aligned.
    return decode((await this.bytes(name)).slice().buffer as ArrayBuffer);
  }

  /**
   * A tensor as a matrix. What this package wrote keeps its cuts and absent blocks. Else a tensor of
   * one dimension is a row, a number 1×1, and of more than two dimensions all but the last are its
   * rows, which moves no element: `[2, 3, 4]` is 6×4.
   *
   * Throws `ARGUMENT`, `DTYPE` or `DATA`, and what making a matrix throws.
   */
  async matrix(backend: Backend, name: string, options: TensorOptions = {}): Promise<BlockMatrix> {
    const shape = this.matrixShape(name);
    const elements = await this.elements(name);
    const { rowPartition, colPartition, pattern } = shape;
    const { dtype = dtypeOf(elements), blockRows, blockCols } = options;
    if (pattern === undefined) {
      return BlockMatrix.fromArray(backend, elements, {
        ...{ rows: shape.rows, cols: shape.cols, dtype },
        blockRows: blockRows ?? rowPartition ?? [shape.rows],
        blockCols: blockCols ?? colPartition ?? [shape.cols],
      });
    }
    if (blockRows !== undefined || blockCols !== undefined) {
      throw new BlkError(
        "ARGUMENT",
        `safetensors: tensor ${shown(name)} is block-sparse and keeps its cuts; leave out blockRows and blockCols, and use repartition()`,
      );
    }
    let start = 0;
    const blocks = [...pattern.positions()].map(({ row, col }) => {
      const end = start + shape.rowPartition.length(row) * shape.colPartition.length(col);
      const block = { row, col, data: elements.subarray(start, end) };
      start = end;
      return block;
    });
    return BlockMatrix.fromBlocks(backend, blocks, {
      ...{ rows: shape.rows, cols: shape.cols, dtype },
      ...{ blockRows: shape.rowPartition, blockCols: shape.colPartition },
    });
  }

  /** Rows, columns, cuts and present blocks that the matrix of a tensor has. Throws `ARGUMENT`, `DATA`. */
  matrixShape(name: string): MatrixShape {
    const { shape } = this.#info(name);
    const layout = this.#layouts.get(name);
    const cols = shape.at(-1) ?? 1;
    const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    if (layout === undefined) return { rows, cols, pattern: undefined };
    const { rowPartition, colPartition, pattern } = layout;
    let fits = rows === rowPartition.size && cols === colPartition.size;
    if (pattern !== undefined) {
      let stored = 0;
      pattern.forEach((row, col) => {
        stored += rowPartition.length(row) * colPartition.length(col);
      });
      fits = shape.length === 1 && cols === stored;
    }
    if (!fits) {
      throw new BlkError(
        "DATA",
        `safetensors: tensor ${shown(name)} of shape ${sizes(shape)} does not fit its cuts (rows ${rowPartition}, columns ${colPartition}); the file is damaged, get it anew`,
      );
    }
    return { ...layout, rows: rowPartition.size, cols: colPartition.size };
  }

  #info(name: string): TensorInfo {
    const info = this.tensors.get(name);
    if (info !== undefined) return info;
    const names = [...this.tensors.keys()];
    const listed = names.slice(0, 10).map(shown).join(", ");
    throw new BlkError(
      "ARGUMENT",
      `safetensors: there is no tensor ${shown(name)}; there are ${names.length}: ${listed}${names.length > 10 ? ", …" : ""}`,
      { details: { names } },
    );
  }
}

/** What the matrix of a tensor looks like. */
export type MatrixShape = { readonly rows: number; readonly cols: number } & (
  | (TensorLayout & { readonly pattern: BlockPattern })
  | (Partial<TensorLayout> & { readonly pattern: undefined })
);

/** Typed arrays have the byte order of the machine, files that of nearly all machines. */
export function checkByteOrder(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return;
  throw new BlkError(
    "UNSUPPORTED",
    "safetensors: this machine stores the high byte first, and files the low one; take bytes() and turn them round",
  );
}
