import type { Backend, DeviceBuffer } from "./backend.js";
import { BlockPattern, type PatternLike } from "./block-pattern.js";
import { checkBackend, checkBlock, checkOptions } from "./check-arguments.js";
import {
  bytesPerElement,
  checkDType,
  type DType,
  describeValue,
  type HostArray,
  newHostArray,
} from "./dtype.js";
import { BlkError } from "./errors.js";
import {
  arrayOfAll,
  checkHostData,
  convertHostArray,
  flattenRows,
  type HostData,
  inferDType,
  joinArrays,
  packPresent,
  unpackPresent,
} from "./host-data.js";
import { stopWatching, track, type Watch, watchOver } from "./lifetime.js";
import { checkCount, Partition, type PartitionLike } from "./partition.js";
import {
  allocateElements,
  BlockGrid,
  denseStorage,
  type Storage,
  sparseStorage,
  storedElements,
} from "./storage.js";
import { disposeSymbol } from "./symbols.js";

/** How a new matrix is cut and stored. */
export interface MatrixOptions {
  /** Element type. Default: that of a typed array given as data, else `f32`. */
  readonly dtype?: DType;
  /** Where the rows are cut: a block size, block lengths, or a partition. Default: uncut. */
  readonly blockRows?: PartitionLike;
  /** Where the columns are cut. Default: uncut. */
  readonly blockCols?: PartitionLike;
  /** Which blocks are present; makes the matrix block-sparse. Default: dense. */
  readonly pattern?: PatternLike;
}

/** A rows×cols matrix as an option bag. */
export interface ShapedOptions extends MatrixOptions {
  readonly rows: number;
  readonly cols: number;
}

/** Options of reading. */
export interface ReadOptions {
  /** Stops waiting: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Elements as they are read: `f16` is widened to `f32`, exactly. */
export type NumberArray = Float32Array | Float64Array | Int32Array;

/** Everything a matrix is made of; operations use it, applications use the static constructors. */
export interface MatrixParts {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  readonly storage: Storage;
  /** The operation that made it, for messages. */
  readonly label: string;
  /** The memory, if this matrix owns it … */
  readonly buffer?: DeviceBuffer;
  /** … or the matrix that it is a view of. */
  readonly source?: BlockMatrix;
}

/**
 * A matrix cut into blocks: a row partition, a column partition, and memory of one backend. Dense
 * matrices store every element; block-sparse ones only their present blocks, the others are zero.
 *
 * A matrix owns its memory or is a view of another one. Free it with `using`, `dispose()` or
 * `scope()`; one that is forgotten is freed when it is garbage-collected.
 */
export class BlockMatrix implements Disposable {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  /** The operation that made this matrix. */
  readonly label: string;
  /** The matrix that this one is a view of; `undefined` if it owns its memory. */
  readonly source: BlockMatrix | undefined;
  readonly #storage: Storage;
  readonly #buffer: DeviceBuffer | undefined;
  #watch: Watch | undefined;
  #disposed = false;
  /** Views that dispose this matrix when the last of them is disposed. */
  #owners = 0;
  #ownsSource = false;

  constructor(parts: MatrixParts) {
    this.backend = parts.backend;
    this.dtype = parts.dtype;
    this.rowPartition = parts.rowPartition;
    this.colPartition = parts.colPartition;
    this.label = parts.label;
    this.source = parts.source;
    this.#storage = parts.storage;
    this.#buffer = parts.buffer;
    this.#watch = watchOf(parts);
    track(this);
  }

  /** From rows of numbers: `[[1, 2], [3, 4]]`. Throws `ARGUMENT` for ragged rows. */
  static fromRows(
    backend: Backend,
    rows: readonly (readonly number[])[],
    options: MatrixOptions = {},
  ): BlockMatrix {
    checkBackend("fromRows", backend);
    checkOptions("fromRows", options, 'such as { dtype: "f64", blockRows: 2 }');
    const { data, rowCount, colCount } = flattenRows(rows);
    const shape = { rows: rowCount, cols: colCount };
    return fromHost("fromRows", backend, data, { dtype: "f32", ...options, ...shape });
  }

  /**
   * From rows·cols numbers, row by row. Of a `Uint16Array`, the elements are f16 bits. With a
   * `pattern`, the elements of absent blocks are dropped.
   */
  static fromArray(backend: Backend, data: HostData, options: ShapedOptions): BlockMatrix {
    return fromHost("fromArray", backend, data, options);
  }

  /**
   * From its present blocks, each with its elements row by row; the others are zero.
   *
   * ```ts
   * BlockMatrix.fromBlocks(backend, [{ row: 0, col: 1, data: [1, 2, 3, 4] }],
   *   { rows: 4, cols: 4, blockRows: 2, blockCols: 2 });
   * ```
   */
  static fromBlocks(
    backend: Backend,
    blocks: readonly { readonly row: number; readonly col: number; readonly data: HostData }[],
    options: Omit<ShapedOptions, "pattern">,
  ): BlockMatrix {
    checkBackend("fromBlocks", backend);
    if (!Array.isArray(blocks)) {
      throw new BlkError(
        "ARGUMENT",
        `fromBlocks: expected an array of { row, col, data }, got ${describeValue(blocks)}`,
      );
    }
    blocks.forEach((block: unknown, i) => {
      if (typeof block === "object" && block !== null) return;
      throw new BlkError(
        "ARGUMENT",
        `fromBlocks: block ${i} is ${describeValue(block)}; expected { row, col, data }, and leave absent blocks out`,
      );
    });
    for (const { data } of blocks) checkHostData("fromBlocks", data);
    const layout = layoutOf("fromBlocks", options);
    const first = blocks[0]?.data ?? [];
    const dtype = checkDType("fromBlocks", options.dtype ?? inferDType(first));
    const { rowPartition, colPartition } = layout;
    const pattern = BlockPattern.of(rowPartition.count, colPartition.count, blocks);
    return allocateMatrix(
      backend,
      dtype,
      { ...layout, pattern },
      "fromBlocks",
      (matrix, buffer) => {
        const elements = new Array<HostArray>(blocks.length);
        for (const { row, col, data } of blocks) {
          const expected = rowPartition.length(row) * colPartition.length(col);
          if (data.length !== expected) {
            throw new BlkError(
              "SHAPE",
              `fromBlocks: block (${row}, ${col}) is ${rowPartition.length(row)}×${colPartition.length(col)} and needs ${expected} numbers, got ${data.length}; pass all of them, row by row`,
            );
          }
          elements[pattern.indexOf(row, col)] = convertHostArray(data, dtype, "fromBlocks");
        }
        matrix.backend.write(buffer, joinArrays(elements, dtype));
      },
    );
  }

  /** All zero; with a `pattern`, the present blocks are stored zeros. */
  static zeros(backend: Backend, options: ShapedOptions): BlockMatrix {
    return filled("zeros", backend, 0, options);
  }

  /** All equal to `value` (in the present blocks). */
  static full(backend: Backend, value: number, options: ShapedOptions): BlockMatrix {
    return filled("full", backend, value, options);
  }

  /** The identity; with `blocks` (the cuts of its rows and columns) block-diagonal, else dense. */
  static identity(
    backend: Backend,
    size: number,
    options: { readonly dtype?: DType; readonly blocks?: PartitionLike } = {},
  ): BlockMatrix {
    checkBackend("identity", backend);
    checkCount(size, "identity", "a size");
    checkOptions("identity", options, "such as { blocks: 2 }");
    const dtype = checkDType("identity", options.dtype ?? "f32");
    const partition = Partition.from(options.blocks, size, "identity, blocks");
    const pattern =
      options.blocks === undefined ? undefined : BlockPattern.diagonal(partition.count);
    const layout = { rowPartition: partition, colPartition: partition, pattern };
    return allocateMatrix(backend, dtype, layout, "identity", (_, buffer) => {
      const { lengths } = partition;
      const host = newHostArray(dtype, buffer.byteLength / bytesPerElement(dtype));
      const one = convertHostArray([1], dtype, "identity")[0] as number;
      let start = 0;
      for (const length of lengths) {
        for (let i = 0; i < length; i++) host[start + i * length + i] = one;
        start += length * length;
      }
      backend.write(buffer, host);
    });
  }

  get rows(): number {
    return this.rowPartition.size;
  }

  get cols(): number {
    return this.colPartition.size;
  }

  /** Which blocks are present, or `undefined` for a dense matrix, where all are. */
  get pattern(): BlockPattern | undefined {
    return this.#storage.kind === "sparse" ? this.#storage.pattern : undefined;
  }

  /** Whether only present blocks are stored. */
  get isSparse(): boolean {
    return this.#storage.kind === "sparse";
  }

  /** Whether this matrix, or the one it is a view of, was disposed. */
  get disposed(): boolean {
    return this.#disposed || (this.source?.disposed ?? false);
  }

  /** The memory behind this matrix, for operations. Throws `DISPOSED`, naming `operation`. */
  storage(operation: string): Storage {
    if (this.disposed) {
      throw new BlkError(
        "DISPOSED",
        `${operation}: ${this} was disposed; dispose a matrix after its last use`,
      );
    }
    return this.#storage;
  }

  /**
   * All elements, row by row; `f16` as the `Float32Array` of its values. Rejects with
   * `OUT_OF_MEMORY` where no array can hold them: read a large block-sparse matrix by its blocks.
   */
  async toArray(options: ReadOptions = {}): Promise<NumberArray> {
    return this.#read("toArray", options);
  }

  async #read(operation: string, options: ReadOptions): Promise<NumberArray> {
    const storage = this.storage(operation);
    checkOptions(operation, options, "such as { signal }");
    const { backend, dtype, rowPartition, colPartition } = this;
    if (storage.kind === "dense") return decoded(await backend.read(storage.view, options));
    // Before anything is read: of many absent blocks, the whole may be too large.
    const all = arrayOfAll(operation, this, dtype === "f16" ? "f32" : dtype);
    const parts = await Promise.all(
      storage.views.map(async (view) => decoded(await backend.read(view, options))),
    );
    unpackPresent(all, parts, { rowPartition, colPartition, pattern: storage.pattern });
    return all as NumberArray;
  }

  /** All elements as rows of numbers. */
  async toRows(options: ReadOptions = {}): Promise<number[][]> {
    const flat = await this.#read("toRows", options);
    const { rows, cols } = this;
    return Array.from({ length: rows }, (_, i) =>
      Array.from(flat.subarray(i * cols, (i + 1) * cols)),
    );
  }

  /** The elements of one block, row by row; zeros for an absent one. */
  async readBlock(row: number, col: number, options: ReadOptions = {}): Promise<NumberArray> {
    const storage = this.storage("readBlock");
    checkBlock("readBlock", this, row, col);
    const view = new BlockGrid(storage, this).view(row, col);
    if (view !== undefined) return decoded(await this.backend.read(view, options));
    const length = this.rowPartition.length(row) * this.colPartition.length(col);
    return decoded(newHostArray(this.dtype, length));
  }

  /** The one element of a 1×1 matrix. */
  async toNumber(options: ReadOptions = {}): Promise<number> {
    if (this.rows !== 1 || this.cols !== 1) {
      throw new BlkError(
        "SHAPE",
        `toNumber: expected a 1×1 matrix, got ${this}; read it with toArray()`,
      );
    }
    return (await this.#read("toNumber", options))[0] as number;
  }

  /**
   * Makes this view responsible for its source, which nobody else holds: disposing the last such
   * view disposes the source. For `scope`, which hands out views of matrices made inside of it.
   */
  ownSource(): void {
    if (this.#ownsSource || this.#disposed || this.source === undefined) return;
    this.#ownsSource = true;
    this.source.#owners += 1;
  }

  /** Undoes {@link ownSource} for all views of this matrix: somebody holds it after all. */
  disown(): void {
    this.#owners = 0;
  }

  /** Frees the memory if this matrix owns it. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const { source } = this;
    if (this.#ownsSource && source !== undefined && source.#owners > 0) {
      source.#owners -= 1;
      if (source.#owners === 0) source.dispose();
    }
    if (this.#watch !== undefined) stopWatching(this.#watch);
    this.#watch = undefined;
    this.#buffer?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  static {
    // Where an engine lacks Symbol.dispose, lowered `using` looks for this symbol.
    const dispose = BlockMatrix.prototype.dispose;
    Object.defineProperty(BlockMatrix.prototype, disposeSymbol, { value: dispose });
  }

  /** `64×32 f32 (matmul)`, with the blocks if it is sparse. */
  toString(): string {
    return description(this, this.#storage);
  }
}

/** The watch over the memory of a matrix that owns it. */
function watchOf(parts: MatrixParts): Watch | undefined {
  if (parts.buffer === undefined) return undefined;
  return watchOver(parts.buffer, () => description(parts, parts.storage));
}

type Described = Pick<MatrixParts, "rowPartition" | "colPartition" | "dtype" | "label">;

function description(
  { rowPartition, colPartition, dtype, label }: Described,
  storage: Storage,
): string {
  const blocks = storage.kind === "dense" ? "" : `, ${storage.pattern.count} blocks`;
  return `${rowPartition.size}×${colPartition.size} ${dtype} (${label}${blocks})`;
}

/** The cuts of a matrix and, if it is sparse, its present blocks. */
export interface Layout {
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  readonly pattern?: BlockPattern | undefined;
}

/**
 * A new matrix that owns its memory and that `fill` writes. If `fill` throws, the memory is freed.
 */
export function allocateMatrix(
  backend: Backend,
  dtype: DType,
  layout: Layout,
  label: string,
  fill: (matrix: BlockMatrix, buffer: DeviceBuffer) => void,
): BlockMatrix {
  const { rowPartition, colPartition, pattern } = layout;
  const elements = storedElements(rowPartition, colPartition, pattern);
  const buffer = allocateElements(backend, dtype, elements, label);
  const storage =
    pattern === undefined
      ? denseStorage(buffer, dtype, rowPartition.size, colPartition.size)
      : sparseStorage(buffer, dtype, rowPartition, colPartition, pattern);
  const parts = { backend, dtype, rowPartition, colPartition, storage, label, buffer };
  const matrix = new BlockMatrix(parts);
  try {
    fill(matrix, buffer);
  } catch (error) {
    matrix.dispose();
    throw error;
  }
  return matrix;
}

/** Elements per write of a constant: 8 MiB of host memory at most. */
const fillLength = 2 ** 20;

function filled(
  operation: string,
  backend: Backend,
  value: number,
  options: ShapedOptions,
): BlockMatrix {
  checkBackend(operation, backend);
  const layout = layoutOf(operation, options);
  const dtype = checkDType(operation, options.dtype ?? "f32");
  const element = convertHostArray([value], dtype, operation)[0] as number;
  return allocateMatrix(backend, dtype, layout, operation, (_, buffer) => {
    const size = bytesPerElement(dtype);
    const { rowPartition, colPartition, pattern } = layout;
    const total = storedElements(rowPartition, colPartition, pattern);
    const host = newHostArray(dtype, Math.min(fillLength, total)).fill(element);
    for (let start = 0; start < total; start += fillLength) {
      const length = Math.min(fillLength, total - start);
      backend.write(buffer, host.subarray(0, length), start * size);
    }
  });
}

function layoutOf(operation: string, options: ShapedOptions): Layout {
  checkOptions(operation, options, "such as { rows: 4, cols: 4 }");
  const { rows, cols, pattern } = options;
  checkCount(rows, operation, "a number of rows");
  checkCount(cols, operation, "a number of columns");
  const rowPartition = Partition.from(options.blockRows, rows, `${operation}, blockRows`);
  const colPartition = Partition.from(options.blockCols, cols, `${operation}, blockCols`);
  if (pattern === undefined) return { rowPartition, colPartition };
  if (typeof pattern !== "function" && !(pattern instanceof BlockPattern)) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected pattern to be a BlockPattern or a function (row, col) => boolean, got ${describeValue(pattern)}`,
    );
  }
  const { count: rowCount } = rowPartition;
  const { count: colCount } = colPartition;
  return {
    rowPartition,
    colPartition,
    pattern: BlockPattern.from(pattern, rowCount, colCount, operation),
  };
}

function fromHost(
  operation: string,
  backend: Backend,
  data: HostData,
  options: ShapedOptions,
): BlockMatrix {
  checkBackend(operation, backend);
  const layout = layoutOf(operation, options);
  const { rows, cols } = options;
  checkHostData(operation, data);
  if (data.length !== rows * cols) {
    throw new BlkError(
      "SHAPE",
      `${operation}: a ${rows}×${cols} matrix needs ${rows * cols} numbers, got ${data.length}; pass all of them, row by row`,
      { details: { expected: rows * cols, actual: data.length } },
    );
  }
  const dtype = checkDType(operation, options.dtype ?? inferDType(data));
  return allocateMatrix(backend, dtype, layout, operation, (_, buffer) => {
    const host = convertHostArray(data, dtype, operation);
    const { pattern } = layout;
    const isDense = pattern === undefined;
    backend.write(buffer, isDense ? host : packPresent(host, dtype, { ...layout, pattern }));
  });
}

function decoded(host: HostArray): NumberArray {
  return host instanceof Uint16Array
    ? (convertHostArray(host, "f32", "read") as Float32Array)
    : host;
}
