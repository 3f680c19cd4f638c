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
import { checkRightHandSide, copyDense, takeOperand } from "./operands.js";
import { OwnedFactors, withMemory } from "./owned-factors.js";
import { reflect } from "./qr-steps.js";
import { applyReflectors, formQ, type ReflectorBlock } from "./reflectors.js";
import type { Scratch } from "./scratch.js";
import { diagonalBlocks, fillDiagonal, Triangle } from "./triangle.js";
import { rowsOf, setIdentity } from "./views.js";

/**
 * `A = Q·R` of an m×n matrix: Q has orthonormal columns, m×k, R is k×n upper trapezoidal, k the
 * smaller of m and n. Q is kept as blocks of reflections (compact WY).
 *
 * Rejects with `ARGUMENT` (an element is not finite, or one of R is beyond the range of the element
 * type), `DTYPE`, `DISPOSED`. Backward error: Higham (2002), theorem 19.4. Source: see {@link reflect}.
 *
 * ```ts
 * using factors = await qr(a);
 * using x = factors.solve(b);   // least squares
 * ```
 */
export async function qr(a: BlockMatrix): Promise<QR> {
  checkFloatingPoint("qr", a);
  return withMemory(a.backend, async (memory, temporary) => {
    const packed = await takeOperand("qr", a, memory);
    const leaves = new Leaves(a.backend);
    const blocks = await reflect(leaves, memory, temporary, packed);
    const order = Math.min(a.rows, a.cols);
    const square = windowView(packed, 0, 0, order, order);
    const diagonal = diagonalBlocks(memory, packed.dtype, order, leaves.sizes.diagonal);
    const choice = { lower: false, unit: false };
    const singularColumn = await fillDiagonal("qr", leaves, square, choice, diagonal);
    const triangle = new Triangle(square, false, diagonal);
    return new QR(a, memory, { packed, blocks, triangle, singularColumn });
  });
}

interface QRParts {
  readonly packed: MatrixView;
  readonly blocks: readonly ReflectorBlock[];
  readonly triangle: Triangle;
  readonly singularColumn: number | undefined;
}

/** See {@link qr}. */
export class QR extends OwnedFactors implements Solver {
  /**
   * The first column where R's diagonal is zero, or so small that its reciprocal, or what follows from
   * it, cannot be stored; `undefined` where R can be solved with.
   */
  readonly singularColumn: number | undefined;
  private readonly parts: QRParts;

  constructor(a: BlockMatrix, memory: Scratch, parts: QRParts) {
    super("qr", a, parts.packed.dtype, memory);
    this.parts = parts;
    this.singularColumn = parts.singularColumn;
  }

  private get order(): number {
    return Math.min(this.rows, this.cols);
  }

  /** Q's first k columns, m×k. */
  q(): BlockMatrix {
    const { rowPartition, order } = this;
    return this.make("q", { rowPartition, colPartition: Partition.whole(order) }, (q, scratch) => {
      setIdentity(this.backend, scratch, q);
      formQ(this.backend, this.parts.blocks, q, scratch);
    });
  }

  /** R, k×n. */
  r(): BlockMatrix {
    const { colPartition, order } = this;
    return this.make("r", { rowPartition: Partition.whole(order), colPartition }, (r, scratch) => {
      const from = rowsOf(this.parts.packed, 0, order);
      extractTriangle(this.backend, scratch, from, r, { lower: false });
    });
  }

  /** `Q·C` or `Qᵀ·C` with the full m×m Q, for C of m rows. Throws `SHAPE`, `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`. */
  applyQ(c: BlockMatrix, options: { readonly transpose?: boolean } = {}): BlockMatrix {
    const { backend, dtype, rows, rowPartition } = this;
    this.check("applyQ");
    checkRightHandSide("applyQ", { backend, dtype, rows, name: String(this) }, c);
    const layout = { rowPartition, colPartition: c.colPartition };
    return this.make("applyQ", layout, (out, scratch) => {
      copyDense("applyQ", c, out);
      applyReflectors(backend, this.parts.blocks, out, options.transpose === true, scratch);
    });
  }

  /**
   * X that minimises ‖A·X − B‖ column by column, for m ≥ n and full rank. Throws `SHAPE`, `SINGULAR`
   * with `details.column` if R has no inverse (see `singularColumn`), `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`.
   */
  solve(b: BlockMatrix): BlockMatrix {
    this.check("solve");
    const { rows, cols, singularColumn: column } = this;
    if (rows < cols) {
      throw new BlkError(
        "SHAPE",
        `solve: ${this} has fewer rows than columns, so that many solutions fit; use leastSquares() for the one of smallest norm`,
      );
    }
    if (column !== undefined) {
      throw new BlkError(
        "SINGULAR",
        `solve: the columns of ${this} are dependent: ${this.dtype} cannot divide by R's diagonal in column ${column}; use leastSquares() for the solution of smallest norm`,
        { details: { column } },
      );
    }
    const layout = { rowPartition: this.colPartition, colPartition: b.colPartition };
    return this.make("solve", layout, (x, scratch) => {
      const right = this.takeRightHandSides("solve", rows, b, scratch);
      applyReflectors(this.backend, this.parts.blocks, right, true, scratch);
      this.parts.triangle.solve(this.backend, x, rowsOf(right, 0, cols));
    });
  }
}
