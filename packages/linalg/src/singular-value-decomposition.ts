import {
  BlkError,
  type BlockMatrix,
  type Expr,
  expr,
  map,
  matmul,
  transpose,
  window,
} from "@blk/core";
import type { Solver } from "./factorisation.js";
import { MatrixFactors } from "./matrix-factors.js";
import { checkRightHandSide } from "./operands.js";
import { numericalRank, type RankOptions } from "./rank-options.js";

/** `A = U·diag(s)·Vᵀ` with orthonormal columns in U and V and singular values in descending order. */
export class SingularValueDecomposition extends MatrixFactors implements Solver {
  /** m×k, or m×m: the left singular vectors as columns. */
  readonly u: BlockMatrix;
  /** k×1, descending. */
  readonly s: BlockMatrix;
  /** n×k, or n×n: the right singular vectors as columns. */
  readonly v: BlockMatrix;
  private readonly values: Float64Array;

  constructor(u: BlockMatrix, s: BlockMatrix, v: BlockMatrix, values: Float64Array) {
    super(u.rows, v.rows, [u, s, v]);
    this.u = u;
    this.s = s;
    this.v = v;
    this.values = values;
  }

  /** How many singular values count: see {@link RankOptions}. */
  rank(options: RankOptions = {}): number {
    return numericalRank(this.values, this, this.s.dtype, options);
  }

  /**
   * The X of minimum norm among those that minimise ‖A·X − B‖, n×columns of B, with the singular values
   * that count. Throws `SHAPE`, `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`.
   */
  solve(b: BlockMatrix, options: RankOptions = {}): BlockMatrix {
    this.checkLive("SingularValueDecomposition.solve");
    const { backend, dtype } = this.u;
    const system = { backend, dtype, rows: this.rows, name: String(this) };
    checkRightHandSide("SingularValueDecomposition.solve", system, b);
    using u = window(this.u, 0, 0, this.rows, this.rank(options));
    using s = window(this.s, 0, 0, u.cols, 1);
    using v = window(this.v, 0, 0, this.cols, u.cols);
    using parts = matmul(u, b, {
      transposeA: true,
      epilogue: (part, value) => expr.div(part, value),
      operands: [s],
    });
    return matmul(v, parts);
  }

  /** A⁺, n×m, of the singular values that count. Throws `DISPOSED`. */
  pseudoInverse(options: RankOptions = {}): BlockMatrix {
    this.checkLive("SingularValueDecomposition.pseudoInverse");
    return this.between(this.v, this.u, this.rank(options), (x, value) => expr.div(x, value));
  }

  /**
   * U·diag(s)·Vᵀ of the first `rank` singular values: among matrices of that rank, the nearest to A in
   * the 2-norm and in Frobenius's (Eckart and Young, 1936). Throws `ARGUMENT`, `DISPOSED`.
   */
  approximation(rank: number = this.values.length): BlockMatrix {
    this.checkLive("SingularValueDecomposition.approximation");
    if (!Number.isInteger(rank) || rank < 0 || rank > this.values.length) {
      throw new BlkError(
        "ARGUMENT",
        `SingularValueDecomposition.approximation: expected a rank of 0 to ${this.values.length}, got ${rank}`,
      );
    }
    return this.between(this.u, this.v, rank, (x, value) => expr.mul(x, value));
  }

  /** `left·f(diag(s))·rightᵀ` of the first `rank` singular values. */
  private between(
    left: BlockMatrix,
    right: BlockMatrix,
    rank: number,
    f: (x: Expr, value: Expr) => Expr,
  ): BlockMatrix {
    using l = window(left, 0, 0, left.rows, rank);
    using r = window(right, 0, 0, right.rows, rank);
    using s = window(this.s, 0, 0, rank, 1);
    using row = transpose(s);
    using scaled = map([l, row], f);
    return matmul(scaled, r, { transposeB: true });
  }
}
