import {
  BlkError,
  type BlockMatrix,
  block,
  blocks,
  map,
  matmul,
  type Partition,
  window,
} from "@blk/core";
import { type LU, lu } from "./lu.js";
import { checkFinite, checkSquare, checkSystem, viewOf, workingDType } from "./operands.js";
import { checkAllFinite, snapshot, stored } from "./snapshot.js";

/**
 * `A·X = B` with A cut alike in rows and columns, and X in the place of B as it is found. Works on
 * copies, which it owns: the caller may free the operands at once.
 */
export class BlockSystem implements Disposable {
  readonly cuts: Partition;
  private readonly operation: string;
  private readonly names: string;
  private readonly matrix: BlockMatrix;
  private readonly unknowns: BlockMatrix;

  constructor(
    operation: string,
    a: BlockMatrix,
    b: BlockMatrix,
    belongs: (row: number, col: number) => boolean,
  ) {
    checkSystem(operation, a, b);
    checkSquare(operation, a);
    checkBlocks(operation, a, belongs);
    this.operation = operation;
    this.names = `${a} and ${b}`;
    this.cuts = a.rowPartition;
    this.matrix = map(a, (x) => x, { dtype: workingDType(a), label: operation });
    this.unknowns = snapshot(operation, b);
  }

  /** Rejects with `ARGUMENT`, naming the place in its block, if an element of A or B is not finite. */
  async checkFinite(): Promise<void> {
    const { operation, matrix, unknowns } = this;
    for (const { row, col, block: part } of blocks(matrix)) {
      const name = `block (${row}, ${col}) of A`;
      await checkFinite(operation, matrix.backend, viewOf(operation, part), name);
    }
    await checkAllFinite(operation, unknowns);
  }

  /** A's block, a view; an absent one is all zero. */
  block(row: number, col: number): BlockMatrix {
    return block(this.matrix, row, col);
  }

  /** The columns of the present blocks of a row. */
  present(row: number): readonly number[] {
    const { pattern } = this.matrix;
    return Array.from({ length: this.cuts.count }, (_, col) => col).filter(
      (col) => pattern?.has(row, col) ?? true,
    );
  }

  /** Rows of X, or of what is left of B, that belong to block row `i`: a view. */
  rows(i: number): BlockMatrix {
    return window(this.unknowns, this.cuts.start(i), 0, this.cuts.length(i), this.unknowns.cols);
  }

  /** `Bᵢ ← Bᵢ − factor·Xⱼ`. */
  eliminate(i: number, j: number, factor: BlockMatrix = this.block(i, j)): void {
    matmul(factor, this.rows(j), { alpha: -1, beta: 1, out: this.rows(i) });
  }

  /** `Bᵢ ← pivot⁻¹·Bᵢ`. Resolves to the pivot's factors. Rejects with `SINGULAR`. */
  async solveRows(i: number, pivot: BlockMatrix = this.block(i, i)): Promise<LU> {
    const factors = await lu(pivot);
    if (factors.singularColumn !== undefined) {
      const column = this.cuts.start(i) + factors.singularColumn;
      factors.dispose();
      throw new BlkError(
        "SINGULAR",
        `${this.operation}: the pivot block of block row ${i} is singular, in column ${column} of A; solve() exchanges rows of different blocks`,
        { details: { column, block: i } },
      );
    }
    using solution = factors.solve(this.rows(i));
    map(solution, (x) => x, { out: this.rows(i) });
    return factors;
  }

  /** X, a new matrix. Rejects with `ARGUMENT` if it is not finite. */
  solution(): Promise<BlockMatrix> {
    const { operation, names, unknowns } = this;
    return stored(
      operation,
      names,
      map(unknowns, (x) => x, { label: operation }),
    );
  }

  dispose(): void {
    this.matrix.dispose();
    this.unknowns.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkBlocks(
  operation: string,
  a: BlockMatrix,
  belongs: (row: number, col: number) => boolean,
): void {
  if (!a.rowPartition.equals(a.colPartition)) {
    throw new BlkError(
      "PARTITION",
      `${operation}: the rows of ${a} are cut at ${a.rowPartition} and its columns at ${a.colPartition}; cut both alike with repartition()`,
    );
  }
  for (const { row, col } of blocks(a)) {
    if (belongs(row, col)) continue;
    throw new BlkError(
      "PARTITION",
      `${operation}: block (${row}, ${col}) of ${a} is present, where this structure has none; drop blocks of zeros with toBlockSparse() or restrict(), or use solve()`,
      { details: { row, col } },
    );
  }
}
