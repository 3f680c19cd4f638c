/**
 * Rules for reverse differentiation, in the form that `differentiable` of `@blk/nn` takes. What they
 * differentiate has to look at numbers, so a rule is made asynchronously, for given operands; its
 * `forward` hands out the result that was computed then.
 *
 * ```ts
 * using rule = await solveRule(a.value, b.value);
 * const x = differentiable(rule)(a, b);
 * ```
 *
 * Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
 * differentiation" (2008); Murray, "Differentiation of the Cholesky decomposition" (2016).
 */
import { add, BlockMatrix, expr, map, matmul, scale, transpose } from "@blk/core";
import { cholesky } from "./cholesky.js";
import type { Factorisation } from "./factorisation.js";
import { inverseOf } from "./inverse-of.js";
import { type LU, lu } from "./lu.js";
import { checkSquare, checkSystem } from "./operands.js";
import { ownRule } from "./own-rule.js";
import { checkAllFinite, snapshot } from "./snapshot.js";

/** An operation of matrices with its derivative. It owns what the derivative needs. */
export interface GradientRule extends Disposable {
  readonly name: string;
  /** The result for the operands that the rule was made for: a new matrix, which the caller owns. */
  forward(...inputs: readonly BlockMatrix[]): BlockMatrix;
  /** The gradient of each input from that of the output: new matrices. */
  backward(
    gradient: BlockMatrix,
    inputs: readonly BlockMatrix[],
    output: BlockMatrix,
  ): readonly BlockMatrix[];
  dispose(): void;
}

/**
 * `X = A⁻¹·B`: `B̄ = A⁻ᵀ·X̄`, `Ā = −B̄·Xᵀ` (Giles, 2008, §2.3.1). Rejects as `solve`.
 */
export async function solveRule(a: BlockMatrix, b: BlockMatrix): Promise<GradientRule> {
  checkSystem("solveRule", a, b);
  checkSquare("solveRule", a);
  const name = String(b);
  using held = snapshot("solveRule", b);
  return await ruleOf(
    "solve",
    lu(a),
    async (factors) => {
      await checkAllFinite("solveRule", held, name);
      return factors.solve(held);
    },
    (factors, gradient, x) => {
      const right = factors.solve(gradient, { transpose: true });
      return [matmul(right, x, { transposeB: true, alpha: -1 }), right];
    },
  );
}

/** `Y = A⁻¹`: `Ā = −Yᵀ·Ȳ·Yᵀ` (Giles, 2008, §2.2.3). Rejects as `inverse`. */
export async function inverseRule(a: BlockMatrix): Promise<GradientRule> {
  return ruleOf("inverse", lu(a), inverseOf, (_, gradient, y) => {
    const product = matmul(gradient, y, { transposeB: true });
    return [matmul(y, product, { transposeA: true, alpha: -1 })];
  });
}

/**
 * `ln|det A|`, as a 1×1 matrix: `Ā = ḡ·A⁻ᵀ` (Giles, 2008, §2.2.4). Rejects as `logDeterminant`; the
 * backward pass throws `SINGULAR` where the determinant is 0.
 */
export async function logDeterminantRule(a: BlockMatrix): Promise<GradientRule> {
  const logMagnitudeOf = (factors: LU): BlockMatrix => {
    const { backend, dtype } = factors;
    const { logMagnitude } = factors.logDeterminant();
    return BlockMatrix.fromArray(backend, [logMagnitude], { rows: 1, cols: 1, dtype });
  };
  return ruleOf("logDeterminant", lu(a), logMagnitudeOf, (factors, gradient) => {
    const inverse = inverseOf(factors, { transpose: true });
    return [map([inverse, gradient], (x, g) => expr.mul(x, g))];
  });
}

/**
 * `A = L·Lᵀ`: with Φ the lower triangle with half of its diagonal, `S = L⁻ᵀ·Φ(Lᵀ·L̄)·L⁻¹` and
 * `Ā = (S + Sᵀ)/2`, the gradient by a symmetric A (Murray, 2016, eq. 10). Rejects as `cholesky`.
 */
export async function choleskyRule(a: BlockMatrix): Promise<GradientRule> {
  const transposed = { transpose: true } as const;
  return ruleOf(
    "cholesky",
    cholesky(a),
    (factors) => factors.lower(),
    (factors, gradient, l) => {
      const inner = lowerHalf(matmul(l, lowerPart(gradient), { transposeA: true }));
      const left = factors.solveLower(inner, transposed);
      // (L⁻ᵀ·leftᵀ)ᵀ = left·L⁻¹
      const mirrored = factors.solveLower(transpose(left), transposed);
      return [scale(add(mirrored, transpose(mirrored)), 0.5)];
    },
  );
}

/** A rule for `result`, which it keeps beside the factors that its derivative needs. */
async function ruleOf<F extends Factorisation>(
  name: string,
  pending: Promise<F>,
  result: (factors: F) => BlockMatrix | Promise<BlockMatrix>,
  backward: (factors: F, gradient: BlockMatrix, output: BlockMatrix) => readonly BlockMatrix[],
): Promise<GradientRule> {
  const factors = await pending;
  try {
    const held = await result(factors);
    const forward = (): BlockMatrix => map(held, (x) => x, { label: name });
    return ownRule(name, [held, factors], forward, (gradient, _inputs, output) =>
      backward(factors, gradient, output),
    );
  } catch (error) {
    factors.dispose();
    throw error;
  }
}

/** What is on and below the diagonal. */
function lowerPart(x: BlockMatrix): BlockMatrix {
  return byPlace(x, 1);
}

/** What is below the diagonal, and half of it. */
function lowerHalf(x: BlockMatrix): BlockMatrix {
  return byPlace(x, 0.5);
}

function byPlace(x: BlockMatrix, ofDiagonal: number): BlockMatrix {
  const { backend, rows, cols, dtype } = x;
  const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i);
  const row = BlockMatrix.fromArray(backend, numbers(rows), { rows, cols: 1, dtype });
  const col = BlockMatrix.fromArray(backend, numbers(cols), { rows: 1, cols, dtype });
  return map([x, row, col], (value, i, j) =>
    expr.select(
      expr.less(j, i),
      value,
      expr.select(expr.equal(i, j), expr.mul(value, ofDiagonal), 0),
    ),
  );
}
