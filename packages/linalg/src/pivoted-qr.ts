import {
  BlkError,
  type BlockMatrix,
  checkFloatingPoint,
  type MatrixView,
  Partition,
  transposeView,
  unitRoundoff,
  windowView,
} from "@blk/core";
import { extractTriangle } from "./extract-triangle.js";
import type { Solver } from "./factorisation.js";
import { Leaves } from "./leaves.js";
import { largestOf, outOfRange, takeOperand } from "./operands.js";
import { OwnedFactors, withMemory } from "./owned-factors.js";
import { type PivotedReflection, reflectWithPivots } from "./pivoted-qr-steps.js";
import { reflect } from "./qr-steps.js";
import { applyReflectors, formQ, type ReflectorBlock } from "./reflectors.js";
import { indexColumn } from "./row-swaps.js";
import type { Scratch } from "./scratch.js";
import { diagonalBlocks, fillDiagonal, Triangle } from "./triangle.js";
import { rowsOf, setIdentity, setZero } from "./views.js";

/** Options of {@link qrWithPivoting}. */
export interface PivotedQROptions {
  /**
   * Columns count as dependent from where R's diagonal falls to this share of its first element.
   * Default: max(m, n)·u, what rounding may leave of a zero.
   */
  readonly tolerance?: number;
}

/**
 * `A·P = Q·R` of an m×n matrix, the column of largest remaining norm first, so that R's diagonal
 * falls: it tells the rank, on all but contrived matrices (Kahan's), and solves least squares
 * problems of deficient rank. Q and R as in `qr`.
 *
 * Rejects with `ARGUMENT` (an element is not finite, or one of R is beyond the range of the element
 * type), `DTYPE`, `DISPOSED`.
 *
 * ```ts
 * using factors = await qrWithPivoting(a);
 * factors.rank;
 * using x = factors.solve(b);   // of smallest norm among the least squares solutions
 * ```
 */
export async function qrWithPivoting(
  a: BlockMatrix,
  options: PivotedQROptions = {},
): Promise<PivotedQR> {
  checkFloatingPoint("qrWithPivoting", a);
  const [longest, order] = [Math.max(a.rows, a.cols), Math.min(a.rows, a.cols)];
  return withMemory(a.backend, async (memory, temporary) => {
    const packed = await takeOperand("qrWithPivoting", a, memory);
    const { tolerance = longest * unitRoundoff(packed.dtype) } = options;
    if (!(tolerance >= 0)) {
      throw new BlkError(
        "ARGUMENT",
        `qrWithPivoting: expected tolerance to be a number ≥ 0, got ${tolerance}`,
      );
    }
    const leaves = new Leaves(a.backend);
    const reflection = await reflectWithPivots(leaves, memory, temporary, packed);
    const { diagonal } = reflection;
    const spoilt = diagonal.findIndex((value) => !(Math.abs(value) <= largestOf(packed.dtype)));
    if (spoilt >= 0) throw outOfRange("qrWithPivoting", packed.dtype, spoilt);
    const least = tolerance * Math.abs(diagonal[0] ?? 0);
    const end = diagonal.findIndex((value) => !(Math.abs(value) > least));
    const rank = end < 0 ? order : end;
    const leading = rowsOf(packed, 0, rank);
    const rowSpace =
      rank === a.cols ? undefined : await reduceToTriangle(leaves, memory, temporary, leading);
    const view = rowSpace?.triangle ?? leading;
    const blocks = diagonalBlocks(memory, packed.dtype, rank, leaves.sizes.diagonal);
    const choice = { lower: false, unit: false };
    const singularColumn = await fillDiagonal("qrWithPivoting", leaves, view, choice, blocks);
    const triangle = new Triangle(view, false, blocks);
    const parts = {
      packed,
      reflection,
      rank,
      triangle,
      rowSpace: rowSpace?.blocks,
      singularColumn,
    };
    return new PivotedQR(a, memory, parts);
  });
}

interface RowSpace {
  readonly triangle: MatrixView;
  readonly blocks: readonly ReflectorBlock[];
}

/** `[R₁₁ R₁₂] = Sᵀ·Zᵀ`, the second half of a complete orthogonal factorisation: `[R₁₁ R₁₂]ᵀ = Z·S`. */
async function reduceToTriangle(
  leaves: Leaves,
  memory: Scratch,
  temporary: Scratch,
  leading: MatrixView,
): Promise<RowSpace> {
  const { dtype, rows: rank, cols } = leading;
  const tall = memory.view(dtype, cols, rank);
  const choice = { lower: false };
  extractTriangle(leaves.backend, temporary, leading, transposeView(tall), choice);
  const blocks = await reflect(leaves, memory, temporary, tall);
  return { triangle: rowsOf(tall, 0, rank), blocks };
}

interface PivotedQRParts {
  readonly packed: MatrixView;
  readonly reflection: PivotedReflection;
  readonly rank: number;
  /** R₁₁ for full column rank, else S. */
  readonly triangle: Triangle;
  /** Z, for deficient rank. */
  readonly rowSpace: readonly ReflectorBlock[] | undefined;
  /** The first column with a diagonal element of the triangle by which cannot be divided. */
  readonly singularColumn: number | undefined;
}

/** See {@link qrWithPivoting}. */
export class PivotedQR extends OwnedFactors implements Solver {
  /** Column j of A·P is column `permutation[j]` of A. */
  readonly permutation: Int32Array;
  /** Columns that count as independent. */
  readonly rank: number;
  private readonly parts: PivotedQRParts;
  private readonly inverseOrder: MatrixView;

  constructor(a: BlockMatrix, memory: Scratch, parts: PivotedQRParts) {
    super("qrWithPivoting", a, parts.packed.dtype, memory);
    this.parts = parts;
    this.permutation = parts.reflection.permutation;
    this.rank = parts.rank;
    const inverse = new Int32Array(a.cols);
    for (const [j, column] of this.permutation.entries()) inverse[column] = j;
    this.inverseOrder = indexColumn(memory, this.backend, inverse);
  }

  /** Q's first k columns, m×k, k the smaller of m and n. */
  q(): BlockMatrix {
    const { rowPartition } = this;
    const colPartition = Partition.whole(Math.min(this.rows, this.cols));
    return this.make("q", { rowPartition, colPartition }, (q, scratch) => {
      setIdentity(this.backend, scratch, q);
      formQ(this.backend, this.parts.reflection.blocks, q, scratch);
    });
  }

  /** R, k×n. */
  r(): BlockMatrix {
    const order = Math.min(this.rows, this.cols);
    const layout = {
      rowPartition: Partition.whole(order),
      colPartition: Partition.whole(this.cols),
    };
    return this.make("r", layout, (r, scratch) => {
      const from = windowView(this.parts.packed, 0, 0, order, this.cols);
      extractTriangle(this.backend, scratch, from, r, { lower: false });
    });
  }

  /**
   * X that minimises ‖A·X − B‖ column by column and, where many do, has the smallest norm, with A
   * taken to have the rank `rank`. Throws `SHAPE`, `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`, and `SINGULAR`
   * with `details.column` where A is so small that its pseudo-inverse cannot be stored.
   */
  solve(b: BlockMatrix): BlockMatrix {
    this.check("solve");
    const { backend, dtype, rows, cols, rank } = this;
    const { reflection, triangle, rowSpace, singularColumn: column } = this.parts;
    if (column !== undefined) {
      throw new BlkError(
        "SINGULAR",
        `solve: the inverse of ${this} is beyond the range of ${dtype} from column ${column} of R on; scale the matrix up, or raise the tolerance`,
        { details: { column } },
      );
    }
    const layout = { rowPartition: this.colPartition, colPartition: b.colPartition };
    return this.make("solve", layout, (x, scratch) => {
      const right = this.takeRightHandSides("solve", rows, b, scratch);
      applyReflectors(backend, reflection.blocks, right, true, scratch);
      const permuted = scratch.view(dtype, cols, b.cols);
      setZero(backend, permuted);
      const leading = rowsOf(permuted, 0, rank);
      if (rowSpace === undefined) triangle.solve(backend, leading, rowsOf(right, 0, rank));
      else {
        triangle.transpose().solve(backend, leading, rowsOf(right, 0, rank));
        applyReflectors(backend, rowSpace, permuted, false, scratch);
      }
      if (x.rows > 0 && x.cols > 0) backend.gather(permuted, this.inverseOrder, x);
    });
  }
}
