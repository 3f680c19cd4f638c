import {
  BlkError,
  type BlockMatrix,
  checkFloatingPoint,
  type MatrixView,
  Partition,
  windowView,
} from "@blk/core";
import { extractTriangle } from "./extract-triangle.js";
import type { Solver } from "./factorisation.js";
import { Leaves } from "./leaves.js";
import { type Elimination, eliminate } from "./lu-steps.js";
import { checkSquare, takeOperand } from "./operands.js";
import { OwnedFactors, withMemory } from "./owned-factors.js";
import { indexColumn, permutationOf } from "./row-swaps.js";
import type { Scratch } from "./scratch.js";
import { type DiagonalBlocks, diagonalBlocks, fillDiagonal, Triangle } from "./triangle.js";

/**
 * `P·A = L·U` with partial pivoting, of an m×n matrix: L is m×k unit lower trapezoidal, U k×n upper
 * trapezoidal, k the smaller of m and n. It exists for every matrix; one that is singular to the
 * last bit has a zero on U's diagonal, and `solve` throws.
 *
 * Rejects with `ARGUMENT` (an element is not finite, or grows beyond the range of the element type),
 * `DTYPE`, `DISPOSED`. Backward error: as of
 * elimination in any order, Higham (2002), theorem 9.3. Source: see {@link eliminate}.
 *
 * ```ts
 * using factors = await lu(a);
 * using x = factors.solve(b);
 * ```
 */
export async function lu(a: BlockMatrix): Promise<LU> {
  checkFloatingPoint("lu", a);
  return withMemory(a.backend, async (memory, temporary) => {
    const packed = await takeOperand("lu", a, memory);
    const leaves = new Leaves(a.backend);
    const elimination = await eliminate(leaves, temporary, packed);
    const order = elimination.pivots.length;
    const square = windowView(packed, 0, 0, order, order);
    const blocksOf = (): DiagonalBlocks =>
      diagonalBlocks(memory, packed.dtype, order, leaves.sizes.diagonal);
    const [below, above] = [blocksOf(), blocksOf()];
    await fillDiagonal("lu", leaves, square, { lower: true, unit: true }, below);
    const choice = { lower: false, unit: false };
    const singularColumn = await fillDiagonal("lu", leaves, square, choice, above);
    const lower = new Triangle(square, true, below);
    const upper = new Triangle(square, false, above);
    return new LU(a, memory, { packed, lower, upper, elimination, singularColumn });
  });
}

interface LUParts {
  readonly packed: MatrixView;
  readonly lower: Triangle;
  readonly upper: Triangle;
  readonly elimination: Elimination;
  readonly singularColumn: number | undefined;
}

/** See {@link lu}. */
export class LU extends OwnedFactors implements Solver {
  /** Row i of P·A is row `permutation[i]` of A. */
  readonly permutation: Int32Array;
  /**
   * The first column without a nonzero pivot, or with one so small that its reciprocal, or what follows
   * from it, cannot be stored; `undefined` if A can be solved with.
   */
  readonly singularColumn: number | undefined;
  private readonly parts: LUParts;
  private readonly order: MatrixView;
  private readonly inverseOrder: MatrixView;

  constructor(a: BlockMatrix, memory: Scratch, parts: LUParts) {
    super("lu", a, parts.packed.dtype, memory);
    this.parts = parts;
    this.permutation = permutationOf(parts.elimination.pivots, a.rows);
    this.singularColumn = parts.singularColumn;
    const inverse = new Int32Array(a.rows);
    for (const [i, row] of this.permutation.entries()) inverse[row] = i;
    this.order = indexColumn(memory, this.backend, this.permutation);
    this.inverseOrder = indexColumn(memory, this.backend, inverse);
  }

  /** L, m×k. */
  lower(): BlockMatrix {
    const { packed } = this.parts;
    const order = Math.min(this.rows, this.cols);
    const colPartition = order === this.cols ? this.colPartition : Partition.whole(order);
    const layout = { rowPartition: Partition.whole(this.rows), colPartition };
    return this.make("lower", layout, (out, scratch) => {
      const from = windowView(packed, 0, 0, this.rows, order);
      extractTriangle(this.backend, scratch, from, out, { lower: true, unit: true });
    });
  }

  /** U, k×n. */
  upper(): BlockMatrix {
    const { packed } = this.parts;
    const order = Math.min(this.rows, this.cols);
    const layout = { rowPartition: Partition.whole(order), colPartition: this.colPartition };
    return this.make("upper", layout, (out, scratch) => {
      const from = windowView(packed, 0, 0, order, this.cols);
      extractTriangle(this.backend, scratch, from, out, { lower: false });
    });
  }

  /**
   * X of `A·X = B`, or of `Aᵀ·X = B`. Throws `SINGULAR` with `details.column`, `SHAPE`, `DTYPE`,
   * `BACKEND_MISMATCH`, `DISPOSED`.
   */
  solve(b: BlockMatrix, options: { readonly transpose?: boolean } = {}): BlockMatrix {
    const { transpose = false } = options;
    this.check("solve");
    this.checkSolvable("solve");
    const rowPartition = transpose ? this.rowPartition : this.colPartition;
    return this.make("solve", { rowPartition, colPartition: b.colPartition }, (x, scratch) => {
      const { backend, dtype, rows: n } = this;
      const { lower, upper } = this.parts;
      const right = this.takeRightHandSides("solve", n, b, scratch);
      const half = scratch.view(dtype, n, b.cols);
      if (transpose) {
        upper.transpose().solve(backend, half, right);
        lower.transpose().solve(backend, right, half);
        backend.gather(right, this.inverseOrder, x);
      } else {
        backend.gather(right, this.order, half);
        lower.solve(backend, right, half);
        upper.solve(backend, x, right);
      }
    });
  }

  /** det A; ±∞ or 0 where it leaves the range of doubles (see {@link logDeterminant}). Throws `SHAPE`. */
  determinant(): number {
    const { sign } = this.logDeterminant();
    if (sign === 0) return 0;
    // A product may leave the range on its way and come back: powers of two are counted apart.
    let [product, exponent] = [1, 0];
    for (const pivot of this.parts.elimination.diagonal) {
      const power = exponentOf(pivot);
      product *= Math.abs(pivot) / 2 ** power;
      const excess = exponentOf(product);
      product /= 2 ** excess;
      exponent += power + excess;
    }
    return sign * product * 2 ** exponent;
  }

  /** The sign of det A and ln|det A|: 0 and −∞ for a singular matrix. Throws `SHAPE`. */
  logDeterminant(): { readonly sign: -1 | 0 | 1; readonly logMagnitude: number } {
    this.check("logDeterminant");
    checkSquare("logDeterminant", this);
    const { pivots, diagonal } = this.parts.elimination;
    let isNegative = false;
    let logMagnitude = 0;
    for (const [i, pivot] of diagonal.entries()) {
      const isSwapped = pivots[i] !== i;
      if (pivot < 0 !== isSwapped) isNegative = !isNegative;
      logMagnitude += Math.log(Math.abs(pivot));
    }
    const sign = logMagnitude === Number.NEGATIVE_INFINITY ? 0 : isNegative ? -1 : 1;
    return { sign, logMagnitude };
  }

  private checkSolvable(operation: string): void {
    checkSquare(operation, this);
    const column = this.singularColumn;
    if (column === undefined) return;
    throw new BlkError(
      "SINGULAR",
      `${operation}: ${this} is singular: elimination finds no pivot in column ${column} that ${this.dtype} can divide by; use leastSquares() for a solution of smallest norm`,
      { details: { column } },
    );
  }
}

/** The power of two that takes a number near 1; it is within range. */
function exponentOf(value: number): number {
  return Math.min(1023, Math.floor(Math.log2(Math.abs(value))));
}
