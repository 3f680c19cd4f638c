import { BlkError, BlockMatrix, expr, map, matmul, reduce, scope, transpose } from "@blk/core";
import { MatrixFactors } from "./matrix-factors.js";
import { checkSystem } from "./operands.js";
import type { SingularValueDecomposition } from "./singular-value-decomposition.js";
import { checkAllFinite, snapshot } from "./snapshot.js";
import { svd } from "./svd.js";

/**
 * X that minimises ‖A·X − B‖² + λ‖X‖² column by column, for one λ ≥ 0 (0: least squares of smallest
 * norm). No column of A is exempt: for an intercept, centre A's columns and B first. For many λ, or to
 * choose one by its leave-one-out errors, {@link ridgePath}.
 *
 * Rejects with `SHAPE`, `ARGUMENT` (λ is negative, an element is not finite), `DTYPE`,
 * `BACKEND_MISMATCH`, `DISPOSED`, `NOT_CONVERGED`.
 *
 * ```ts
 * using x = await ridge(a, b, 0.1);
 * ```
 */
export async function ridge(a: BlockMatrix, b: BlockMatrix, lambda: number): Promise<BlockMatrix> {
  using path = await ridgePath(a, b);
  return path.coefficients(lambda);
}

/**
 * Ridge regression for every λ from one decomposition, `A = U·diag(s)·Vᵀ`: a further λ costs products
 * with U and V only. Rejects as {@link ridge}.
 *
 * Source: Golub, Heath and Wahba, "Generalized cross-validation as a method for choosing a good ridge
 * parameter", Technometrics 21 (1979).
 *
 * ```ts
 * using path = await ridgePath(a, b);
 * for (const lambda of [0.01, 0.1, 1]) {
 *   using errors = path.leaveOneOutErrors(lambda);
 * }
 * ```
 */
export async function ridgePath(a: BlockMatrix, b: BlockMatrix): Promise<RidgePath> {
  checkSystem("ridgePath", a, b);
  const right = snapshot("ridgePath", b);
  try {
    const decomposition = await svd(a);
    try {
      await checkAllFinite("ridgePath", right);
      const values = Float64Array.from(await decomposition.s.toArray());
      return new RidgePath(decomposition, values, right);
    } catch (error) {
      decomposition.dispose();
      throw error;
    }
  } catch (error) {
    right.dispose();
    throw error;
  }
}

/** See {@link ridgePath}. */
export class RidgePath extends MatrixFactors {
  private readonly decomposition: SingularValueDecomposition;
  private readonly values: Float64Array;
  private readonly right: BlockMatrix;
  /** Uᵀ·B. */
  private readonly parts: BlockMatrix;

  constructor(decomposition: SingularValueDecomposition, values: Float64Array, right: BlockMatrix) {
    const parts = matmul(decomposition.u, right, { transposeA: true });
    const { u, s, v } = decomposition;
    super(u.rows, v.rows, [u, s, v, right, parts]);
    this.decomposition = decomposition;
    this.right = right;
    this.parts = parts;
    const rank = decomposition.rank();
    // Values that rounding made of zeros must not be divided by, however small λ is.
    this.values = values.map((value, i) => (i < rank ? value : 0));
  }

  /** X for λ, n×columns of B. Throws `ARGUMENT`, `DISPOSED`. */
  coefficients(lambda: number): BlockMatrix {
    this.checkLive("RidgePath.coefficients");
    checkLambda("RidgePath.coefficients", lambda);
    // s/(s² + λ), without squares.
    return scope(() => {
      const weights = this.column((s) => (s === 0 ? 0 : 1 / (s + lambda / s)));
      const weighted = map([this.parts, weights], (part, weight) => expr.mul(part, weight));
      return matmul(this.decomposition.v, weighted);
    });
  }

  /**
   * Row i: by how much a model misses B's row i that was fitted to all rows but this one, without
   * fitting it: `(bᵢ − ŷᵢ)/(1 − hᵢ)`, h the diagonal of `A·(AᵀA + λ)⁻¹·Aᵀ`. m×columns of B;
   * infinite, NaN or without meaning where hᵢ is 1 but for rounding, because row i alone decides about a
   * coefficient. Throws as `coefficients`.
   */
  leaveOneOutErrors(lambda: number): BlockMatrix {
    this.checkLive("RidgePath.leaveOneOutErrors");
    checkLambda("RidgePath.leaveOneOutErrors", lambda);
    return scope(() => {
      const shares = this.column((s) => (s === 0 ? 0 : 1 / (1 + lambda / s / s)));
      const { u } = this.decomposition;
      const weighted = map([this.parts, shares], (part, share) => expr.mul(part, share));
      const fitted = matmul(u, weighted);
      const leverages = reduce([u, transpose(shares)], {
        op: "sum",
        per: "row",
        expr: (x, share) => expr.mul(expr.mul(x, x), share),
      });
      return map([this.right, fitted, leverages], (b, y, h) =>
        expr.div(expr.sub(b, y), expr.sub(1, h)),
      );
    });
  }

  private column(weight: (value: number) => number): BlockMatrix {
    const { backend, dtype } = this.right;
    const data = Array.from(this.values, weight);
    return BlockMatrix.fromArray(backend, data, { rows: data.length, cols: 1, dtype });
  }
}

function checkLambda(operation: string, lambda: number): void {
  if (lambda >= 0 && lambda < Number.POSITIVE_INFINITY) return;
  throw new BlkError("ARGUMENT", `${operation}: expected a finite λ ≥ 0, got ${lambda}`);
}
