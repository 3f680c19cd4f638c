import type { Backend, DeviceBuffer, MatrixView } from "./backend.js";
import { BlockPattern, type PatternLike } from "./block-pattern.js";
import { bytesPerElement, type DType } from "./dtype.js";
import { BlkError } from "./errors.js";
import type { Partition } from "./partition.js";
import { denseView, outputsOverlap, transposeView, windowView } from "./view.js";

/** All elements in one window: partitions cost nothing. */
export interface DenseStorage {
  readonly kind: "dense";
  readonly view: MatrixView;
}

/** A window for each present block, in the order of the pattern. */
export interface SparseStorage {
  readonly kind: "sparse";
  readonly pattern: BlockPattern;
  readonly views: readonly MatrixView[];
}

export type Storage = DenseStorage | SparseStorage;

/** The storage of a dense matrix in a buffer of its own, row by row. */
export function denseStorage(
  buffer: DeviceBuffer,
  dtype: DType,
  rows: number,
  cols: number,
): DenseStorage {
  return { kind: "dense", view: denseView(buffer, dtype, rows, cols) };
}

/** The storage of present blocks one after the other, each row by row. */
export function sparseStorage(
  buffer: DeviceBuffer,
  dtype: DType,
  rowPartition: Partition,
  colPartition: Partition,
  pattern: BlockPattern,
): SparseStorage {
  const views: MatrixView[] = [];
  let offset = 0;
  pattern.forEach((row, col) => {
    const rows = rowPartition.length(row);
    const cols = colPartition.length(col);
    views.push(denseView(buffer, dtype, rows, cols, offset));
    offset += rows * cols;
  });
  return { kind: "sparse", pattern, views };
}

/** Elements of the present blocks. */
export function storedElements(
  rowPartition: Partition,
  colPartition: Partition,
  pattern: BlockPattern | undefined,
): number {
  if (pattern === undefined) return rowPartition.size * colPartition.size;
  let count = 0;
  pattern.forEach((row, col) => {
    count += rowPartition.length(row) * colPartition.length(col);
  });
  return count;
}

/** Memory for `elements`; refuses what the backend says it cannot hold, with the numbers. */
export function allocateElements(
  backend: Backend,
  dtype: DType,
  elements: number,
  what: string,
): DeviceBuffer {
  if (!backend.capabilities.dtypes.includes(dtype)) {
    throw new BlkError(
      "UNSUPPORTED",
      `${what}: backend ${backend.name} has no ${dtype}; it has ${backend.capabilities.dtypes.join(", ")}. Choose one of these or another backend`,
      { details: { dtype, dtypes: backend.capabilities.dtypes } },
    );
  }
  const bytes = elements * bytesPerElement(dtype);
  if (bytes > backend.capabilities.maxBufferBytes) {
    throw new BlkError(
      "OUT_OF_MEMORY",
      `${what}: ${bytes} bytes are more than the ${backend.capabilities.maxBufferBytes} that one buffer of backend ${backend.name} can hold; cut the matrix into several`,
      { details: { requested: bytes, limit: backend.capabilities.maxBufferBytes } },
    );
  }
  return backend.allocate(bytes);
}

/** Throws `ALIAS` if `out` shares memory with an operand. */
export function checkApart(operation: string, out: Stored, operands: readonly Stored[]): void {
  const inputs: MatrixView[] = [];
  for (const operand of operands) {
    for (const view of viewsOf(operand.storage(operation))) inputs.push(view);
  }
  if (outputsOverlap(viewsOf(out.storage(operation)), inputs)) {
    throw new BlkError(
      "ALIAS",
      `${operation}: out overlaps an operand; write into a matrix of its own`,
    );
  }
}

/**
 * Throws `ARGUMENT` for an `out` that has elements but no block to put them into, and if a pattern is
 * given beside an `out` of other blocks.
 */
export function checkPatternOf(
  operation: string,
  out: { readonly pattern: BlockPattern | undefined } & Cuts,
  pattern: PatternLike | undefined,
): void {
  const isEmpty = out.rowPartition.size === 0 || out.colPartition.size === 0;
  if (out.pattern?.count === 0 && !isEmpty) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: out ${out} has no present block, so what is written to it would be lost; make it dense, or with a pattern that has the blocks to be written (a view of an absent block cannot add it)`,
    );
  }
  if (pattern === undefined) return;
  const { count: rowCount } = out.rowPartition;
  const wanted = BlockPattern.from(pattern, rowCount, out.colPartition.count, operation);
  if (out.pattern?.equals(wanted)) return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: out has other blocks than pattern; leave out the pattern, or make out with it`,
  );
}

/** What a matrix is to this file. */
interface Stored {
  storage(operation: string): Storage;
}

interface Cuts {
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
}

function viewsOf(storage: Storage): readonly MatrixView[] {
  return storage.kind === "dense" ? [storage.view] : storage.views;
}

/** The same blocks, mirrored. */
export function transposeStorage(storage: Storage): Storage {
  if (storage.kind === "dense") return { kind: "dense", view: transposeView(storage.view) };
  const pattern = storage.pattern.transpose();
  const views = new Array<MatrixView>(storage.views.length);
  // Where the next block of each row of the transpose goes: they come in ascending order.
  const next = pattern.rowStarts.slice();
  storage.pattern.forEach((_, col, index) => {
    const place = next[col] as number;
    views[place] = transposeView(storage.views[index] as MatrixView);
    next[col] = place + 1;
  });
  return { kind: "sparse", pattern, views };
}

/**
 * Block views of a storage under a partition that its own conforms with: its own, or any other
 * where it is uncut. A dense window can be cut anywhere, so its own partition counts for nothing.
 * Blocks are windows, so this copies nothing.
 */
export class BlockGrid {
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  private readonly storage: Storage;
  private readonly ownRows: Partition;
  private readonly ownCols: Partition;
  private spread: BlockPattern | undefined;

  constructor(
    storage: Storage,
    own: Cuts,
    rowPartition: Partition = own.rowPartition,
    colPartition: Partition = own.colPartition,
  ) {
    this.storage = storage;
    this.ownRows = own.rowPartition;
    this.ownCols = own.colPartition;
    this.rowPartition = rowPartition;
    this.colPartition = colPartition;
  }

  /** The present blocks on the grid that is walked; `undefined` for a dense storage: all. */
  get pattern(): BlockPattern | undefined {
    if (this.storage.kind === "dense") return undefined;
    this.spread ??= this.storage.pattern.spread(this.rowPartition.count, this.colPartition.count);
    return this.spread;
  }

  /** Whether a block is present; all blocks of a dense storage are. */
  has(row: number, col: number): boolean {
    return (
      this.storage.kind === "dense" || this.storage.pattern.has(this.ownRow(row), this.ownCol(col))
    );
  }

  /** The window of a block, or `undefined` if it is absent. */
  view(row: number, col: number): MatrixView | undefined {
    const { storage } = this;
    if (storage.kind === "dense") return this.span(row, col, col + 1);
    const index = storage.pattern.indexOf(this.ownRow(row), this.ownCol(col));
    const view = index < 0 ? undefined : storage.views[index];
    const rows = this.rowPartition.length(row);
    const cols = this.colPartition.length(col);
    if (view === undefined || (view.rows === rows && view.cols === cols)) return view;
    const rowOffset = this.rowPartition.start(row) - this.ownRows.start(this.ownRow(row));
    const colOffset = this.colPartition.start(col) - this.ownCols.start(this.ownCol(col));
    return windowView(view, rowOffset, colOffset, rows, cols);
  }

  /** The window of neighbouring blocks of a row, `col` to `endCol` (exclusive), of a dense storage. */
  span(row: number, col: number, endCol: number): MatrixView | undefined {
    if (this.storage.kind !== "dense") return undefined;
    const { rowPartition, colPartition } = this;
    const left = colPartition.start(col);
    const right = colPartition.end(endCol - 1);
    const top = rowPartition.start(row);
    return windowView(this.storage.view, top, left, rowPartition.length(row), right - left);
  }

  private ownRow(row: number): number {
    return this.ownRows.isWhole ? 0 : row;
  }

  private ownCol(col: number): number {
    return this.ownCols.isWhole ? 0 : col;
  }
}
