import {
  BlkError,
  type BlockMatrix,
  checkFloatingPoint,
  expr,
  type MatrixView,
  newHostArray,
} from "@blk/core";
import type { Solver } from "./factorisation.js";
import { factorSymmetric, type SymmetricElimination } from "./ldlt-steps.js";
import { Leaves } from "./leaves.js";
import { checkSquare, largestOf, outOfRange, takeOperand } from "./operands.js";
import { OwnedFactors, withMemory } from "./owned-factors.js";
import { indexColumn } from "./row-swaps.js";
import type { Scratch } from "./scratch.js";
import { diagonalBlocks, fillDiagonal, Triangle } from "./triangle.js";
import { copy, rowsOf } from "./views.js";

/**
 * `P·A·Pᵀ = L·D·Lᵀ` of a symmetric n×n matrix, definite or not: L unit lower triangular, D
 * block-diagonal with blocks of one or two rows. Only A's lower triangle counts. About half of the
 * work of `lu`, and it tells the signs of the eigenvalues.
 *
 * Rejects with `SHAPE`, `ARGUMENT` (an element that counts is not finite, or one grows beyond the
 * range of the element type), `DTYPE`, `DISPOSED`. Backward error:
 * Higham (2002), theorem 11.4. Source: see {@link factorSymmetric}.
 *
 * ```ts
 * using factors = await ldlt(a);
 * using x = factors.solve(b);
 * ```
 */
export async function ldlt(a: BlockMatrix): Promise<LDLT> {
  checkFloatingPoint("ldlt", a);
  checkSquare("ldlt", a);
  return withMemory(a.backend, async (memory, temporary) => {
    const left = await takeOperand("ldlt", a, temporary, "lower");
    const leaves = new Leaves(a.backend);
    const l = memory.view(left.dtype, a.rows, a.cols);
    const elimination = await factorSymmetric(leaves, temporary, left, l);
    const spoilt = elimination.diagonal.findIndex(
      (value) => !(Math.abs(value) <= largestOf(l.dtype)),
    );
    if (spoilt >= 0) throw outOfRange("ldlt", l.dtype, spoilt);
    const blocks = diagonalBlocks(memory, l.dtype, a.rows, leaves.sizes.diagonal);
    await fillDiagonal("ldlt", leaves, l, { lower: true, unit: true }, blocks);
    return new LDLT(a, memory, new Triangle(l, true, blocks), elimination);
  });
}

/** See {@link ldlt}. */
export class LDLT extends OwnedFactors implements Solver {
  /** Row and column i of P·A·Pᵀ are those of number `permutation[i]` of A. */
  readonly permutation: Int32Array;
  /** The first column of a block of D that has no inverse, or none that can be stored, if there is one. */
  readonly singularColumn: number | undefined;
  /** How many eigenvalues of A are positive, negative and zero (Sylvester's law of inertia). */
  readonly inertia: { readonly positive: number; readonly negative: number; readonly zero: number };
  private readonly triangle: Triangle;
  private readonly elimination: SymmetricElimination;
  private readonly order: MatrixView;
  private readonly inverseOrder: MatrixView;
  /** D⁻¹ as a tridiagonal matrix: its diagonal, and the element of each row's partner in its block. */
  private readonly inverseD: { readonly own: MatrixView; readonly other: MatrixView };
  private readonly partner: MatrixView;

  constructor(
    a: BlockMatrix,
    memory: Scratch,
    triangle: Triangle,
    elimination: SymmetricElimination,
  ) {
    super("ldlt", a, triangle.view.dtype, memory);
    this.triangle = triangle;
    this.elimination = elimination;
    this.permutation = elimination.permutation;
    const n = a.rows;
    const inverse = new Int32Array(n);
    for (const [i, row] of this.permutation.entries()) inverse[row] = i;
    this.order = indexColumn(memory, this.backend, this.permutation);
    this.inverseOrder = indexColumn(memory, this.backend, inverse);
    const d = invertBlocks(elimination, largestOf(this.dtype));
    this.singularColumn = d.singularColumn;
    this.inertia = d.inertia;
    this.inverseD = { own: this.column(memory, d.own), other: this.column(memory, d.other) };
    this.partner = indexColumn(memory, this.backend, d.partner);
  }

  /** L, n×n. */
  lower(): BlockMatrix {
    return this.make("lower", this, (out) => copy(this.backend, this.triangle.view, out));
  }

  /** D, n×n, block-diagonal, stored densely. */
  middle(): BlockMatrix {
    return this.make("middle", this, (out) => {
      const { diagonal, below } = this.elimination;
      const n = this.rows;
      const host = newHostArray(this.dtype, n * n);
      for (let i = 0; i < n; i++) {
        host[i * n + i] = diagonal[i] as number;
        if (i + 1 === n) continue;
        host[(i + 1) * n + i] = below[i] as number;
        host[i * n + i + 1] = below[i] as number;
      }
      this.backend.write(out.buffer, host);
    });
  }

  /** X of `A·X = B`. Throws `SINGULAR` with `details.column`, `SHAPE`, `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`. */
  solve(b: BlockMatrix): BlockMatrix {
    this.check("solve");
    const { backend, dtype, rows: n, singularColumn: column } = this;
    if (column !== undefined) {
      throw new BlkError(
        "SINGULAR",
        `solve: ${this} is singular: D has no inverse in ${dtype} at column ${column}; use leastSquares() for a solution of smallest norm`,
        { details: { column } },
      );
    }
    const layout = { rowPartition: this.rowPartition, colPartition: b.colPartition };
    return this.make("solve", layout, (x, scratch) => {
      const right = this.takeRightHandSides("solve", n, b, scratch);
      if (x.rows === 0 || x.cols === 0) return;
      const half = scratch.view(dtype, n, b.cols);
      backend.gather(right, this.order, half);
      this.triangle.solve(backend, right, half);
      // D⁻¹: each row times a number, and its partner in a 2×2 block times another.
      const partners = scratch.view(dtype, n, b.cols);
      backend.gather(right, this.partner, partners);
      const repeated = (column: MatrixView): MatrixView => ({
        ...column,
        cols: b.cols,
        colStride: 0,
      });
      const { own, other } = this.inverseD;
      const [u, v, p, q] = [expr.input(0), expr.input(1), expr.input(2), expr.input(3)];
      const inputs = [right, partners, repeated(own), repeated(other)];
      backend.map([{ inputs, out: half }], expr.add(expr.mul(u, p), expr.mul(v, q)));
      this.triangle.transpose().solve(backend, right, half);
      backend.gather(right, this.inverseOrder, x);
    });
  }

  private column(memory: Scratch, values: Float64Array): MatrixView {
    const view = memory.view(this.dtype, values.length, 1);
    const host = newHostArray(this.dtype, values.length);
    host.set(values);
    this.backend.write(view.buffer, host);
    return rowsOf(view, 0, values.length);
  }
}

/** D⁻¹ row by row: `own` times the element itself, `other` times that of the row `partner`. */
function invertBlocks({ diagonal, below }: SymmetricElimination, range: number) {
  const n = diagonal.length;
  const own = new Float64Array(n);
  const other = new Float64Array(n);
  const partner = Int32Array.from({ length: n }, (_, i) => i);
  const inertia = { positive: 0, negative: 0, zero: 0 };
  for (let i = 0; i < n; ) {
    const d11 = diagonal[i] as number;
    const d21 = below[i] as number;
    if (d21 === 0) {
      inertia[d11 > 0 ? "positive" : d11 < 0 ? "negative" : "zero"]++;
      own[i] = 1 / d11;
      i += 1;
      continue;
    }
    // Such a block has one eigenvalue of each sign: its determinant is negative by the choice of pivots.
    inertia.positive++;
    inertia.negative++;
    const d22 = diagonal[i + 1] as number;
    const scale = 1 / ((d11 / d21) * (d22 / d21) - 1) / d21;
    own[i] = scale * (d22 / d21);
    own[i + 1] = scale * (d11 / d21);
    other[i] = -scale;
    other[i + 1] = -scale;
    partner[i] = i + 1;
    partner[i + 1] = i;
    i += 2;
  }
  // NaN is not within range either.
  const singularAt = own.findIndex(
    (value, i) => !(Math.abs(value) <= range && Math.abs(other[i] as number) <= range),
  );
  const singularColumn = singularAt < 0 ? undefined : singularAt;
  return { own, other, partner, inertia, singularColumn };
}
