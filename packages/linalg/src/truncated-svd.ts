import { BlkError, type BlockMatrix, transposeView } from "@blk/core";
import { workingDType } from "./operands.js";
import { SingularValueDecomposition } from "./singular-value-decomposition.js";
import { denseSvd } from "./spectral/dense-svd.js";
import { type HostMatrix, HostWorkspace } from "./spectral/host-workspace.js";
import { fillNormal } from "./spectral/normal-numbers.js";
import { readScaled, type ScaledInput, transposedInput } from "./spectral/scaled-input.js";
import { fromVectorRows, toMatrix } from "./spectral/to-matrix.js";
import { orthonormalRows, triangularise } from "./spectral/triangularise.js";

/** Options of {@link truncatedSvd}. */
export interface TruncatedSvdOptions {
  /** Random directions beyond the number of singular values asked for. Default 10. */
  readonly oversampling?: number;
  /**
   * How often the directions are multiplied by A·Aᵀ, which makes the leading ones stand out. Default 2;
   * more where singular values fall off slowly.
   */
  readonly powerIterations?: number;
  /** Of the random directions: the same seed gives the same result. Default 1. */
  readonly seed?: number;
}

/**
 * The `count` largest singular values and their vectors, by products with a few random directions
 * (Halko, Martinsson and Tropp, SIAM Review 53, 2011, algorithms 4.4 and 5.1). Much faster than
 * {@link svd} where `count` is small. What is returned is close to optimal: with q power iterations and
 * p oversampling, the expected error in the 2-norm is at most (1 + ε)^{1/(2q+1)} times the next singular
 * value, where ε is about √(count/(p − 1)) + e·√(count + p)/p·√(min(m, n) − count).
 *
 * Rejects with `ARGUMENT` for a count that is not 0 … min(m, n), for options that make no sense and for
 * an element that is not finite; with `DTYPE` for integers, `DISPOSED`, `NOT_CONVERGED`.
 *
 * ```ts
 * using leading = await truncatedSvd(a, 20);
 * using picture = leading.approximation();
 * ```
 */
export async function truncatedSvd(
  a: BlockMatrix,
  count: number,
  { oversampling = 10, powerIterations = 2, seed = 1 }: TruncatedSvdOptions = {},
): Promise<SingularValueDecomposition> {
  const smaller = Math.min(a.rows, a.cols);
  checkWhole("count", count, smaller);
  checkWhole("oversampling", oversampling);
  checkWhole("powerIterations", powerIterations);
  checkWhole("seed", seed);
  const input = await readScaled("truncatedSvd", a);
  const { backend } = a;
  const dtype = workingDType(a);
  const isWide = input.rows < input.cols;
  const upright = isWide ? transposedInput(input) : input;
  const work = new HostWorkspace(backend);
  try {
    const directions = Math.min(smaller, count + oversampling);
    const { values, left, right } =
      directions === smaller
        ? denseSvd(work, upright, false)
        : leadingSvd(work, upright, directions, powerIterations, seed);
    const leading = values.slice(0, count).map((value) => value * input.scale);
    const [u, v] = isWide ? [right, left] : [left, right];
    return new SingularValueDecomposition(
      fromVectorRows(backend, dtype, count, u.cols, u.data.subarray(0, count * u.cols)),
      toMatrix(backend, dtype, count, 1, leading),
      fromVectorRows(backend, dtype, count, v.cols, v.data.subarray(0, count * v.cols)),
      leading,
    );
  } finally {
    work.dispose();
  }
}

/** A ≈ Qᵀ·(Q·A) for orthonormal rows Q that span what A makes of random directions. */
function leadingSvd(
  work: HostWorkspace,
  { rows, cols, elements }: ScaledInput,
  directions: number,
  powerIterations: number,
  seed: number,
) {
  const a = work.matrix(rows, cols);
  a.data.set(elements);
  const across = work.matrix(directions, cols);
  fillNormal(across.data, seed);
  let q = rangeOf(work, across, transposeView(a.view));
  for (let i = 0; i < powerIterations; i++) {
    q = rangeOf(work, rangeOf(work, q, a.view), transposeView(a.view));
  }
  const projected = work.matrix(directions, cols);
  work.multiply([{ c: projected.view, terms: [{ a: q.view, b: a.view }] }]);
  const small = { rows: directions, cols, elements: projected.data.slice(), scale: 1 };
  const { values, left: right, right: inner } = denseSvd(work, transposedInput(small), false);
  const left = work.matrix(directions, rows);
  work.multiply([{ c: left.view, terms: [{ a: inner.view, b: q.view }] }]);
  return { values, left, right };
}

/** Orthonormal rows that span those of `rows · matrix`; frees `rows`. */
function rangeOf(work: HostWorkspace, rows: HostMatrix, matrix: HostMatrix["view"]): HostMatrix {
  const image = work.matrix(rows.rows, matrix.cols);
  work.multiply([{ c: image.view, terms: [{ a: rows.view, b: matrix }] }]);
  work.free(rows);
  const reflectors = triangularise(work, image);
  const basis = orthonormalRows(work, reflectors);
  work.free(image);
  work.free(reflectors.rows);
  return basis;
}

function checkWhole(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? "0 or more" : `0 to ${most}`;
  throw new BlkError(
    "ARGUMENT",
    `truncatedSvd: expected ${name} to be a whole number, ${range}, got ${value}`,
  );
}
