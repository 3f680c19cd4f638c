import type { Backend, DeviceBuffer } from "./backend.js";
import type { BlockPattern } from "./block-pattern.js";
import { checkBackend, checkBlock } from "./check-arguments.js";
import type { DType } from "./dtype.js";
import { BlkError } from "./errors.js";
import type { HostData } from "./host-data.js";
import { stopWatching, track, type Watch, watchOver } from "./lifetime.js";
import type { Layout, MatrixOptions, ShapedOptions } from "./matrix-options.js";
import {
  type BlockData,
  elementsOfArray,
  elementsOfBlocks,
  elementsOfRows,
  equalElements,
  identityElements,
  type NewElements,
} from "./new-elements.js";
import type { Partition, PartitionLike } from "./partition.js";
import { type NumberArray, type ReadOptions, readAll, readView } from "./read-elements.js";
import {
  allocateElements,
  BlockGrid,
  denseStorage,
  type Storage,
  sparseStorage,
  storedElements,
} from "./storage.js";
import { disposeSymbol } from "./symbols.js";

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
    return make(backend, elementsOfRows("fromRows", rows, options));
  }

  /**
   * From rows·cols numbers, row by row. Of a `Uint16Array`, the elements are f16 bits. With a
   * `pattern`, the elements of absent blocks are dropped.
   */
  static fromArray(backend: Backend, data: HostData, options: ShapedOptions): BlockMatrix {
    checkBackend("fromArray", backend);
    return make(backend, elementsOfArray("fromArray", data, options));
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
    blocks: readonly BlockData[],
    options: Omit<ShapedOptions, "pattern">,
  ): BlockMatrix {
    checkBackend("fromBlocks", backend);
    return make(backend, elementsOfBlocks("fromBlocks", blocks, options));
  }

  /** All zero; with a `pattern`, the present blocks are stored zeros. */
  static zeros(backend: Backend, options: ShapedOptions): BlockMatrix {
    checkBackend("zeros", backend);
    return make(backend, equalElements("zeros", 0, options));
  }

  /** All equal to `value` (in the present blocks). */
  static full(backend: Backend, value: number, options: ShapedOptions): BlockMatrix {
    checkBackend("full", backend);
    return make(backend, equalElements("full", value, options));
  }

  /** The identity; with `blocks` (the cuts of its rows and columns) block-diagonal, else dense. */
  static identity(
    backend: Backend,
    size: number,
    options: { readonly dtype?: DType; readonly blocks?: PartitionLike } = {},
  ): BlockMatrix {
    checkBackend("identity", backend);
    return make(backend, identityElements("identity", size, options));
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
    return readAll(operation, this, this.storage(operation), options);
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
    const length = this.rowPartition.length(row) * this.colPartition.length(col);
    return readView(this, view, length, options);
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

function make(backend: Backend, { dtype, layout, label, write }: NewElements): BlockMatrix {
  return allocateMatrix(backend, dtype, layout, label, (_, buffer) => write(backend, buffer));
}
