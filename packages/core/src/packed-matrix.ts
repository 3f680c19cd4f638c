import type { Backend, MatrixView, PackedOperand } from "./backend.js";
import type { BlockMatrix } from "./block-matrix.js";
import type { DType } from "./dtype.js";
import { BlkError } from "./errors.js";
import { stopWatching, track, type Watch, watchOver } from "./lifetime.js";
import { disposeSymbol } from "./symbols.js";

/**
 * A right factor that many products share, laid out once for them: see `pack`, which makes it.
 *
 * It is a snapshot: what is written to its matrix later is seen by some products, which read the
 * matrix in place, and not by others. The matrix must stay alive. Free it like a matrix, with
 * `using`, `dispose()` or `scope()`; one that is forgotten is freed when it is garbage-collected.
 */
export class PackedMatrix implements Disposable {
  /** The factor as products see it: a view of the packed matrix, transposed if that was asked for. */
  readonly operand: BlockMatrix;
  readonly #parts: PackedParts | undefined;
  #watch: Watch | undefined;
  #disposed = false;

  /** `operand`: a view that this is to own. */
  constructor(operand: BlockMatrix) {
    this.operand = operand;
    const { backend } = operand;
    if (backend.pack !== undefined) {
      const parts = new PackedParts(operand, (view) => backend.pack?.(view) as PackedOperand);
      const label = String(operand);
      this.#parts = parts;
      this.#watch = watchOver(parts, () => label);
    }
    track(this);
  }

  /** Rows, after the transposition. */
  get rows(): number {
    return this.operand.rows;
  }

  /** Columns, after the transposition. */
  get cols(): number {
    return this.operand.cols;
  }

  get dtype(): DType {
    return this.operand.dtype;
  }

  get backend(): Backend {
    return this.operand.backend;
  }

  /** Bytes of the packed copy: 0 where the backend packs nothing. */
  get byteLength(): number {
    return this.#parts?.byteLength ?? 0;
  }

  /** Whether this, or the matrix that was packed, was disposed. */
  get disposed(): boolean {
    return this.#disposed || this.operand.disposed;
  }

  /** Throws `DISPOSED`, naming `operation`, once this or its matrix is. */
  check(operation: string): void {
    if (!this.disposed) return;
    throw new BlkError(
      "DISPOSED",
      `${operation}: ${this}, or the matrix that was packed, was disposed; dispose both after their last use`,
    );
  }

  /** What the backend made of a window of the operand; `undefined` if just this was not packed. */
  partOf(view: MatrixView): PackedOperand | undefined {
    return this.#parts?.of(view);
  }

  /** Frees the packed copy, not the matrix. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#watch !== undefined) stopWatching(this.#watch);
    this.#watch = undefined;
    this.#parts?.dispose();
    this.operand.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  static {
    // Where an engine lacks Symbol.dispose, lowered `using` looks for this symbol.
    const dispose = PackedMatrix.prototype.dispose;
    Object.defineProperty(PackedMatrix.prototype, disposeSymbol, { value: dispose });
  }

  /** `64×32 f32 (pack)`, with the blocks if it is sparse. */
  toString(): string {
    return this.operand.toString();
  }
}

/** What a backend made of a dense matrix, or of each present block. */
class PackedParts implements PackedOperand {
  readonly byteLength: number;
  disposed = false;
  /** The window of a dense matrix. */
  private readonly whole: MatrixView | undefined;
  private readonly parts = new Map<MatrixView, PackedOperand>();

  /** If one of several cannot be packed, those before it are freed. */
  constructor(operand: BlockMatrix, pack: (view: MatrixView) => PackedOperand) {
    const storage = operand.storage("pack");
    this.whole = storage.kind === "dense" ? storage.view : undefined;
    let byteLength = 0;
    try {
      for (const view of storage.kind === "dense" ? [storage.view] : storage.views) {
        const part = pack(view);
        this.parts.set(view, part);
        byteLength += part.byteLength;
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.byteLength = byteLength;
  }

  of(view: MatrixView): PackedOperand | undefined {
    const { whole, parts } = this;
    // Windows of a dense matrix are made anew for each product; blocks are windows already.
    if (whole === undefined) return parts.get(view);
    const isWhole = view.rows === whole.rows && view.cols === whole.cols;
    return isWhole ? parts.get(whole) : undefined;
  }

  dispose(): void {
    this.disposed = true;
    for (const part of this.parts.values()) part.dispose();
  }
}
