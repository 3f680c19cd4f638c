import { BlkError, type BlockMatrix, disposeSymbol } from "@blk/core";
import type { Factorisation } from "./factorisation.js";

/** A factorisation that is a few matrices, which it owns. */
export abstract class MatrixFactors implements Factorisation {
  readonly rows: number;
  readonly cols: number;
  private readonly owned: readonly BlockMatrix[];
  #disposed = false;

  constructor(rows: number, cols: number, owned: readonly BlockMatrix[]) {
    this.rows = rows;
    this.cols = cols;
    this.owned = owned;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const matrix of this.owned) matrix.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return `${this.rows}×${this.cols} (factorised)`;
  }

  /** Throws `DISPOSED`, naming the method. */
  protected checkLive(operation: string): void {
    if (!this.#disposed) return;
    throw new BlkError(
      "DISPOSED",
      `${operation}: this factorisation of a ${this.rows}×${this.cols} matrix was disposed; dispose it after its last use`,
    );
  }

  static {
    // Where an engine lacks Symbol.dispose, lowered `using` looks for this symbol.
    const dispose = MatrixFactors.prototype.dispose;
    Object.defineProperty(MatrixFactors.prototype, disposeSymbol, { value: dispose });
  }
}
