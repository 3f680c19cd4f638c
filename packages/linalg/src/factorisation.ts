import type { BlockMatrix } from "@blk/core";

/**
 * A matrix taken apart. Making one has to look at numbers and is asynchronous; using one is not:
 * its methods are products, and return at once as all operations do. It owns its memory: free it
 * with `using` or `dispose()`. The matrix it was made of is not needed any more.
 */
export interface Factorisation extends Disposable {
  /** Rows of the matrix. */
  readonly rows: number;
  /** Columns of the matrix. */
  readonly cols: number;
  /** Whether it was disposed; its methods throw `DISPOSED` then. */
  readonly disposed: boolean;
  /** Frees the factors. A second call does nothing. */
  dispose(): void;
}

/** A factorisation that solves: `A·X = B`, or in the sense of least squares. */
export interface Solver extends Factorisation {
  /** X for one or many right-hand sides, the columns of `b`. A new matrix, which the caller owns. */
  solve(b: BlockMatrix): BlockMatrix;
}
