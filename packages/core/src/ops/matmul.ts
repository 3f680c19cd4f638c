import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import type { PatternLike } from "../block-pattern.js";
import type { Activation } from "../expression/functions.js";
import type { PackedMatrix } from "../packed-matrix.js";
import { checkApart } from "../storage.js";
import type { ElementFunction } from "./expression-of.js";
import { gatherAs } from "./gather.js";
import { MatmulPlan } from "./matmul-plan.js";
import { commonBackend } from "./operands.js";

/** Options of {@link matmul}: everything that happens in the same pass over memory. */
export interface MatmulOptions {
  /** Multiply by the transpose of `a`; free. */
  readonly transposeA?: boolean;
  /** Multiply by the transpose of `b`; free. Of a packed `b`, {@link pack} is told instead. */
  readonly transposeB?: boolean;
  /** Factor of the product. Default 1. */
  readonly alpha?: number;
  /** Factor of what `out` holds. Default 0, which never reads it. */
  readonly beta?: number;
  /** Written and returned; must not share memory with an operand. If sparse, its blocks are computed. */
  readonly out?: BlockMatrix;
  /** Computes only these blocks: the sampled product. The result is block-sparse, as `out` must be. */
  readonly pattern?: PatternLike;
  /** Added to the product; 1×n, m×1 or m×n, dense, or with the blocks of a block-sparse result. */
  readonly bias?: BlockMatrix;
  /** Applied after the bias: `relu`, `gelu`, `expr.tanh`, … */
  readonly activation?: Activation;
  /** Applied last, to the result so far and the `operands`: `(p, x) => expr.add(p, x)`. */
  readonly epilogue?: ElementFunction;
  /** Further operands of `epilogue`, like the bias. */
  readonly operands?: readonly BlockMatrix[];
  /**
   * An i32 column: row `rows[i]` of `a` (after its transposition) is used for row i; −1 means zeros.
   * Of several columns, as many rows side by side, which meet the rows of `b` from top to bottom:
   * windows of images times a kernel, without a matrix of windows.
   */
  readonly rows?: BlockMatrix;
}

/**
 * The block product `C[i, j] = E(alpha · Σₖ A[i, k]·B[k, j] + beta · C[i, j])`.
 *
 * A is m×k, B is k×n (after their transpositions); A's columns and B's rows must be cut alike, or
 * one of them not at all. Absent blocks are skipped. The result is dense, except that it is
 * block-sparse if `pattern` or a sparse `out` asks for it, or if both factors are sparse and the
 * epilogue keeps zero. Dense factors are multiplied in one piece: their partitions cost nothing.
 * A `b` that many products share may be given as {@link pack} laid it out.
 *
 * Throws `SHAPE`, `DTYPE`, `PARTITION`, `ALIAS`, `BACKEND_MISMATCH`, `DISPOSED`, `ARGUMENT`.
 *
 * ```ts
 * using hidden = matmul(x, w, { transposeB: true, bias, activation: gelu });
 * ```
 */
export function matmul(
  a: BlockMatrix,
  b: BlockMatrix | PackedMatrix,
  options: MatmulOptions = {},
): BlockMatrix {
  const rows = options?.rows;
  if (rows !== undefined && !commonBackend("matmul", [a]).capabilities.rowIndexedTerms) {
    return matmulOfGathered(a, b, { ...options, rows });
  }
  const plan = new MatmulPlan(a, b, options);
  const { backend, layout, out } = plan;
  const run = (c: BlockMatrix): void => {
    backend.multiply(plan.products(c.storage("matmul")), plan.productOptions);
  };
  if (out === undefined) return allocateMatrix(backend, plan.dtype, layout, "matmul", run);
  run(out);
  return out;
}

/** The product for backends that do not read rows by index: they are gathered first. */
function matmulOfGathered(
  a: BlockMatrix,
  b: BlockMatrix | PackedMatrix,
  { rows, transposeA, ...options }: MatmulOptions & { readonly rows: BlockMatrix },
): BlockMatrix {
  if (options.out !== undefined) {
    commonBackend("matmul", [a, options.out]);
    checkApart("matmul", options.out, [a]);
  }
  const gathered = gatherAs("matmul", a, rows, { transpose: transposeA ?? false });
  try {
    return matmul(gathered, b, options);
  } finally {
    gathered.dispose();
  }
}
