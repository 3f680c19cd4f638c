import type { MicroKernel } from "./micro-kernels.js";
import { columnLanes, pack, rowLanes } from "./pack.js";
import { type Params, tile } from "./params.js";
import type { Lanes } from "./program.js";
import type { Scratch } from "./scratch.js";
import type { Rectangle } from "./transfer.js";
import type { Window } from "./window.js";

/** A term of a product with its memory at hand. */
export interface TermWindows {
  readonly a: Window;
  readonly b: Window;
  readonly rows: Window | undefined;
}

/** What is done with a finished block of sums: element (i, j) at `i·ld + j`. */
export type Finish<T extends Lanes> = (sums: T, ld: number, block: Readonly<Rectangle>) => void;

/** Scratch elements that a product of this size takes: packed A, packed B, sums. */
export interface GemmSizes {
  readonly a: number;
  readonly b: number;
  readonly sums: number;
}

/** The scratch that {@link gemm} takes for m×n results whose longest term has k steps. */
export function gemmSizes(params: Params, m: number, n: number, k: number): GemmSizes {
  const mc = Math.min(params.mc, roundUp(m));
  const nc = Math.min(params.nc, roundUp(n));
  const kc = Math.min(params.kc, k);
  return { a: mc * kc, b: kc * nc, sums: mc * nc };
}

/**
 * `Σₜ aₜ·bₜ`, block by block of the result: five loops around a micro-kernel over packed panels.
 *
 * ```
 * for columns in steps of nc ┐ one block of sums,
 *   for rows in steps of mc  ┘ mc×nc, cleared here and finished at the end
 *     for each term, for its k in steps of kc:   pack B (kc×nc) and A (mc×kc)
 *       for panels of B, four columns each
 *         for panels of A, four rows each:       micro-kernel, 4×4 sums
 * ```
 *
 * The sums stay unrounded between the slices of k and are added to in ascending k, term after
 * term: for any params each has the bits of the plain loop `s = 0; s += a·b`, in double for
 * floating point.
 *
 * Source: Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS
 * 34(3), 2008; the loop over k is inside of that over m so that f32 is rounded once.
 */
export function gemm<T extends Lanes>(
  params: Params,
  scratch: Scratch<T>,
  microKernel: MicroKernel<T>,
  m: number,
  n: number,
  terms: readonly TermWindows[],
  finish: Finish<T>,
): void {
  const longest = terms.reduce((k, { a }) => Math.max(k, a.cols), 0);
  const sizes = gemmSizes(params, m, n, longest);
  const packedA = scratch.take("a", sizes.a);
  const packedB = scratch.take("b", sizes.b);
  const sums = scratch.take("sums", sizes.sums);
  const block: Rectangle = { row: 0, col: 0, rows: 0, cols: 0 };
  for (let col = 0; col < n; col += params.nc) {
    block.col = col;
    block.cols = Math.min(params.nc, n - col);
    const ld = roundUp(block.cols);
    for (let row = 0; row < m; row += params.mc) {
      block.row = row;
      block.rows = Math.min(params.mc, m - row);
      sums.fill(0, 0, roundUp(block.rows) * ld);
      for (const { a, b, rows } of terms) {
        const laneA = rowLanes(a, rows);
        const laneB = columnLanes(b);
        for (let k = 0; k < a.cols; k += params.kc) {
          const kc = Math.min(params.kc, a.cols - k);
          pack(laneA, row, block.rows, k, kc, packedA);
          pack(laneB, col, block.cols, k, kc, packedB);
          for (let j = 0; j < block.cols; j += tile) {
            for (let i = 0; i < block.rows; i += tile) {
              microKernel(kc, packedA, i * kc, packedB, j * kc, sums, i * ld + j, ld);
            }
          }
        }
      }
      finish(sums, ld, block);
    }
  }
}

function roundUp(lanes: number): number {
  return Math.ceil(lanes / tile) * tile;
}
