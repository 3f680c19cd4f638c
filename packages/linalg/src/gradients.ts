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
import {
  add,
  BlockMatrix,
  disposeSymbol,
  expr,
  map,
  matmul,
  scale,
  scope,
  transpose,
} from "@blk/core";
import { cholesky } from "./cholesky.js";
import type { Factorisation } from "./factorisation.js";
import { lu } from "./lu.js";

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
  const factors = await lu(a);
  return ruleOf(
    "solve",
    factors,
    () => factors.solve(b),
    (gradient, _, x) => {
      const right = factors.solve(gradient, { transpose: true });
      return [matmul(right, x, { transposeB: true, alpha: -1 }), right];
    },
  );
}

/** `Y = A⁻¹`: `Ā = −Yᵀ·Ȳ·Yᵀ` (Giles, 2008, §2.2.3). Rejects as `inverse`. */
export async function inverseRule(a: BlockMatrix): Promise<GradientRule> {
  const factors = await lu(a);
  const { backend, rows, dtype } = factors;
  const forward = (): BlockMatrix => {
    using one = BlockMatrix.identity(backend, rows, { dtype });
    return factors.solve(one);
  };
  return ruleOf("inverse", factors, forward, (gradient, _, y) => {
    const product = matmul(gradient, y, { transposeB: true });
    return [matmul(y, product, { transposeA: true, alpha: -1 })];
  });
}

/**
 * `ln|det A|`, as a 1×1 matrix: `Ā = ḡ·A⁻ᵀ` (Giles, 2008, §2.2.4). Rejects as `logDeterminant`; the
 * backward pass throws `SINGULAR` where the determinant is 0.
 */
export async function logDeterminantRule(a: BlockMatrix): Promise<GradientRule> {
  const factors = await lu(a);
  const { backend, rows, dtype } = factors;
  const forward = (): BlockMatrix => {
    const { logMagnitude } = factors.logDeterminant();
    return BlockMatrix.fromArray(backend, [logMagnitude], { rows: 1, cols: 1, dtype });
  };
  return ruleOf("logDeterminant", factors, forward, (gradient) => {
    const one = BlockMatrix.identity(backend, rows, { dtype });
    const inverse = factors.solve(one, { transpose: true });
    return [map([inverse, gradient], (x, g) => expr.mul(x, g))];
  });
}

/**
 * `A = L·Lᵀ`: with Φ the lower triangle with half of its diagonal, `S = L⁻ᵀ·Φ(Lᵀ·L̄)·L⁻¹` and
 * `Ā = (S + Sᵀ)/2`, the gradient by a symmetric A (Murray, 2016, eq. 10). Rejects as `cholesky`.
 */
export async function choleskyRule(a: BlockMatrix): Promise<GradientRule> {
  const factors = await cholesky(a);
  const transposed = { transpose: true } as const;
  return ruleOf(
    "cholesky",
    factors,
    () => factors.lower(),
    (gradient, _, l) => {
      const inner = lowerHalf(matmul(l, lowerPart(gradient), { transposeA: true }));
      const left = factors.solveLower(inner, transposed);
      // (L⁻ᵀ·leftᵀ)ᵀ = left·L⁻¹
      const mirrored = factors.solveLower(transpose(left), transposed);
      return [scale(add(mirrored, transpose(mirrored)), 0.5)];
    },
  );
}

function ruleOf(
  name: string,
  factors: Factorisation,
  forward: () => BlockMatrix,
  backward: GradientRule["backward"],
): GradientRule {
  const dispose = (): void => factors.dispose();
  const rule = {
    name,
    forward,
    backward: (
      gradient: BlockMatrix,
      inputs: readonly BlockMatrix[],
      output: BlockMatrix,
    ): readonly BlockMatrix[] => scope(() => backward(gradient, inputs, output)),
    dispose,
    [Symbol.dispose]: dispose,
  };
  return Object.assign(rule, { [disposeSymbol]: dispose });
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
