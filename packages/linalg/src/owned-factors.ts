import {
  allocateMatrix,
  type Backend,
  BlkError,
  type BlockMatrix,
  type DType,
  disposeSymbol,
  type Layout,
  type MatrixView,
  type Partition,
} from "@blk/core";
import type { Factorisation } from "./factorisation.js";
import { checkRightHandSide, copyDense, viewOf } from "./operands.js";
import { Scratch } from "./scratch.js";

/** What all factorisations have in common: where they live, and that they own it. */
export abstract class OwnedFactors implements Factorisation {
  readonly backend: Backend;
  /** Element type of the factors and of what is computed with them: f32 for a matrix of f16. */
  readonly dtype: DType;
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  /** The memory of the factors. */
  protected readonly memory: Scratch;
  private readonly label: string;
  private isDisposed = false;

  constructor(label: string, a: BlockMatrix, dtype: DType, memory: Scratch) {
    this.label = label;
    this.backend = a.backend;
    this.dtype = dtype;
    this.rowPartition = a.rowPartition;
    this.colPartition = a.colPartition;
    this.memory = memory;
  }

  get rows(): number {
    return this.rowPartition.size;
  }

  get cols(): number {
    return this.colPartition.size;
  }

  get disposed(): boolean {
    return this.isDisposed;
  }

  dispose(): void {
    this.isDisposed = true;
    this.memory.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  static {
    // Where an engine lacks Symbol.dispose, lowered `using` looks for this symbol.
    const dispose = OwnedFactors.prototype.dispose;
    Object.defineProperty(OwnedFactors.prototype, disposeSymbol, { value: dispose });
  }

  toString(): string {
    return `${this.rows}×${this.cols} ${this.dtype} (${this.label})`;
  }

  /** Throws `DISPOSED`, naming the operation. */
  protected check(operation: string): void {
    if (!this.isDisposed) return;
    throw new BlkError(
      "DISPOSED",
      `${operation}: the factorisation ${this} was disposed; dispose it after its last use`,
    );
  }

  /** A new matrix that `fill` writes, with temporaries that are freed afterwards. */
  protected make(
    operation: string,
    layout: Layout,
    fill: (out: MatrixView, scratch: Scratch) => void,
  ): BlockMatrix {
    this.check(operation);
    return makeMatrix(this.backend, this.dtype, layout, operation, fill);
  }

  /** A dense copy of right-hand sides, checked against a system of `rows` rows, to be overwritten. */
  protected takeRightHandSides(
    operation: string,
    rows: number,
    b: BlockMatrix,
    scratch: Scratch,
  ): MatrixView {
    const { backend, dtype } = this;
    checkRightHandSide(operation, { backend, dtype, rows, name: String(this) }, b);
    const held = scratch.view(this.dtype, rows, b.cols);
    copyDense(operation, b, held);
    return held;
  }
}

/** A new dense matrix that `fill` writes, with temporaries that are freed afterwards. */
export function makeMatrix(
  backend: Backend,
  dtype: DType,
  layout: Layout,
  label: string,
  fill: (out: MatrixView, scratch: Scratch) => void,
): BlockMatrix {
  const scratch = new Scratch(backend);
  try {
    return allocateMatrix(backend, dtype, layout, label, (matrix) => {
      fill(viewOf(label, matrix), scratch);
    });
  } finally {
    scratch.dispose();
  }
}

/**
 * Runs an algorithm with memory that its result keeps and memory that it needs only meanwhile. If it
 * fails, both are freed.
 */
export async function withMemory<T>(
  backend: Backend,
  run: (memory: Scratch, temporary: Scratch) => Promise<T>,
): Promise<T> {
  const memory = new Scratch(backend);
  const temporary = new Scratch(backend);
  try {
    return await run(memory, temporary);
  } catch (error) {
    memory.dispose();
    throw error;
  } finally {
    temporary.dispose();
  }
}
