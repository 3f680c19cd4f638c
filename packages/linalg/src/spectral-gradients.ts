/**
 * Rules for reverse differentiation of decompositions with several results, in the form that
 * `differentiableMany` of `@blk/nn` takes; as those of `gradients.ts`, they are made asynchronously for
 * given operands. They hold where eigenvalues, or singular values, are distinct: vectors of equal ones
 * have no derivative, and what would divide by zero is left out.
 */
import { add, BlockMatrix, expr, map, matmul, transpose } from "@blk/core";
import type { Factorisation } from "./factorisation.js";
import { ownRule } from "./own-rule.js";
import { svd } from "./svd.js";
import { symmetricEigen } from "./symmetric-eigen.js";

/** An operation with several results and its derivative. It owns what the derivative needs. */
export interface GradientRuleOfMany extends Disposable {
  readonly name: string;
  /** The results for the operand that the rule was made for: new matrices, which the caller owns. */
  forward(...inputs: readonly BlockMatrix[]): readonly BlockMatrix[];
  /** The gradient of each input; `gradients[i]` is `undefined` where nothing depends on output i. */
  backward(
    gradients: readonly (BlockMatrix | undefined)[],
    inputs: readonly BlockMatrix[],
    outputs: readonly BlockMatrix[],
  ): readonly BlockMatrix[];
  dispose(): void;
}

/**
 * Values and vectors of a symmetric matrix, `A = V·diag(w)·Vᵀ`: with `Fᵢⱼ = 1/(wⱼ − wᵢ)` and
 * `S = V·(diag(w̄) + F∘(Vᵀ·V̄))·Vᵀ`, `Ā = (S + Sᵀ)/2`, the gradient by a symmetric A (Giles,
 * "Collected matrix derivative results", 2008, §3.1). Rejects as `symmetricEigen`.
 */
export async function symmetricEigenRule(a: BlockMatrix): Promise<GradientRuleOfMany> {
  const factors = await symmetricEigen(a);
  const { values, vectors } = factors;
  return ruleOf("symmetricEigen", factors, [values, vectors], ([ofValues, ofVectors]) => {
    const row = transpose(values);
    const inner = sumOf([
      ofValues && diagonalOf(ofValues),
      ofVectors && overGaps(matmul(vectors, ofVectors, { transposeA: true }), values, row),
    ]);
    const s = matmul(matmul(vectors, inner), vectors, { transposeB: true });
    return map([s, transpose(s)], (x, y) => expr.mul(expr.add(x, y), 0.5));
  });
}

/**
 * Thin U, s, V of `A = U·diag(s)·Vᵀ`, with s > 0 where gradients of vectors arrive: with S = diag(s) and
 * `Fᵢⱼ = 1/(sⱼ² − sᵢ²)`, `Ā = (U·(F∘(UᵀŪ − ŪᵀU))·S + (I − UUᵀ)·Ū·S⁻¹)·Vᵀ + U·diag(s̄)·Vᵀ`
 * and what the first term says of V (Townsend, "Differentiating the singular value decomposition",
 * 2016). Rejects as `svd`.
 */
export async function svdRule(a: BlockMatrix): Promise<GradientRuleOfMany> {
  const factors = await svd(a);
  const { u, s, v } = factors;
  return ruleOf("svd", factors, [u, s, v], ([ofU, ofS, ofV]) => {
    const row = transpose(s);
    const squares = map(s, (x) => expr.mul(x, x));
    const side = (vectors: BlockMatrix, gradient: BlockMatrix): BlockMatrix => {
      const dots = matmul(vectors, gradient, { transposeA: true });
      const skew = map([dots, transpose(dots)], (x, y) => expr.sub(x, y));
      const inside = map([overGaps(skew, squares, transpose(squares)), row], (x, value) =>
        expr.mul(x, value),
      );
      const beside = map([gradient, matmul(vectors, dots), row], (x, y, value) =>
        expr.div(expr.sub(x, y), value),
      );
      return add(matmul(vectors, inside), beside);
    };
    return sumOf([
      ofS &&
        matmul(
          map([u, transpose(ofS)], (x, y) => expr.mul(x, y)),
          v,
          { transposeB: true },
        ),
      ofU && matmul(side(u, ofU), v, { transposeB: true }),
      ofV && matmul(u, side(v, ofV), { transposeB: true }),
    ]);
  });
}

function ruleOf(
  name: string,
  factors: Factorisation,
  results: readonly BlockMatrix[],
  backward: (gradients: readonly (BlockMatrix | undefined)[]) => BlockMatrix,
): GradientRuleOfMany {
  const forward = (): readonly BlockMatrix[] => results.map((result) => map(result, (x) => x));
  return ownRule(name, [factors], forward, (gradients) => [backward(gradients)]);
}

/** The sum of those that are there: at least one is. */
function sumOf(terms: readonly (BlockMatrix | undefined)[]): BlockMatrix {
  return terms.filter((term) => term !== undefined).reduce((x, y) => add(x, y));
}

/** Xᵢⱼ / (valuesⱼ − valuesᵢ), and 0 where they are equal. */
function overGaps(x: BlockMatrix, values: BlockMatrix, row: BlockMatrix): BlockMatrix {
  return map([x, values, row], (element, i, j) =>
    expr.select(expr.equal(i, j), 0, expr.div(element, expr.sub(j, i))),
  );
}

/** The matrix with this column as its diagonal. */
function diagonalOf(column: BlockMatrix): BlockMatrix {
  const { backend, rows, dtype } = column;
  const numbers = Array.from({ length: rows }, (_, i) => i);
  const places = BlockMatrix.fromArray(backend, numbers, { rows, cols: 1, dtype });
  return map([column, places, transpose(places)], (value, i, j) =>
    expr.select(expr.equal(i, j), value, 0),
  );
}
