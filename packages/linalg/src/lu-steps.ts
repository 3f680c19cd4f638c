import { type MatrixView, transposeView, windowView } from "@blk/core";
import { invertLower } from "./invert-lower.js";
import type { Leaves } from "./leaves.js";
import { factorLuPanel } from "./lu-panel.js";
import { largestOf } from "./operands.js";
import { refineAbove } from "./params.js";
import { swapRows } from "./row-swaps.js";
import type { Scratch } from "./scratch.js";
import { diagonalBlocks, Triangle } from "./triangle.js";
import { colsOf, gemm, half } from "./views.js";

/** What elimination finds. */
export interface Elimination {
  /** Row i was swapped with row `pivots[i]`, in ascending order of i. */
  readonly pivots: Int32Array;
  /** The diagonal of U. */
  readonly diagonal: Float64Array;
}

/**
 * `A = P·L·U` in place, recursively by columns: the left half is factorised, the right half becomes
 * `L₁₁⁻¹A₁₂` and `A₂₂ − A₂₁A₁₂`, then its lower part is factorised. All but the panels and the swaps
 * are products. L is unit lower trapezoidal, below the diagonal; U is on and above it.
 * Source: Toledo, "Locality of reference in LU decomposition with partial pivoting", SIAM J. Matrix
 * Anal. Appl. 18 (1997); Gustavson, IBM J. Res. Dev. 41 (1997).
 */
export async function eliminate(
  leaves: Leaves,
  scratch: Scratch,
  a: MatrixView,
): Promise<Elimination> {
  const { backend } = leaves;
  const { panel } = leaves.sizes;
  const order = Math.min(a.rows, a.cols);
  const range = largestOf(a.dtype);
  const pivots = new Int32Array(order);
  const pivotValues = new Float64Array(order);
  const diagonal = diagonalBlocks(scratch, a.dtype, order, panel);
  const lower = new Triangle(windowView(a, 0, 0, order, order), true, diagonal);
  const room = scratch.view(a.dtype, order, Math.max(Math.ceil(order / 2), a.cols - order));

  const factorPanel = async (from: number, to: number): Promise<void> => {
    const width = to - from;
    const height = a.rows - from;
    const columns = transposeView(windowView(a, from, from, height, width));
    const views = {
      updates: [columns],
      writes: [
        windowView(diagonal.blocks, from, 0, width, width),
        windowView(diagonal.inverses, from, 0, width, width),
      ],
    } as const;
    await leaves.run(views, ({ updates: [elements], writes: [block, inverse] }) => {
      factorLuPanel(elements, height, width, pivots.subarray(from, to));
      for (let i = 0; i < width; i++) {
        pivots[from + i] = (pivots[from + i] as number) + from;
        pivotValues[from + i] = elements[i * height + i] as number;
      }
      takeUnitLower(elements, height, width, block);
      diagonal.refined[from / panel] =
        invertLower(block, width, inverse, range).condition > refineAbove;
    });
  };

  /** Swaps and eliminates columns `from` to `to` by the finished columns `first` to `last`. */
  const update = (first: number, last: number, from: number, to: number): void => {
    swapRows(backend, colsOf(a, from, to), pivots, first, last);
    const upper = windowView(a, first, from, last - first, to - from);
    const held = windowView(room, 0, 0, upper.rows, upper.cols);
    lower.part(first, last).solveInPlace(backend, upper, held);
    if (last === a.rows) return;
    const rest = windowView(a, last, from, a.rows - last, to - from);
    const left = windowView(a, last, first, a.rows - last, last - first);
    gemm(backend, rest, left, upper, { alpha: -1, beta: 1 });
  };

  const factor = async (from: number, to: number): Promise<void> => {
    if (to - from <= panel) {
      await factorPanel(from, to);
      return;
    }
    const middle = from + half(to - from, panel);
    await factor(from, middle);
    update(from, middle, middle, to);
    await factor(middle, to);
    swapRows(backend, colsOf(a, from, middle), pivots, middle, to);
  };

  if (order > 0) await factor(0, order);
  if (order > 0 && a.cols > order) update(0, order, order, a.cols);
  return { pivots, diagonal: pivotValues };
}

/** `block ← ` the unit lower triangle on top of a panel that is stored column by column. */
function takeUnitLower(
  panel: Float64Array,
  height: number,
  width: number,
  block: Float64Array,
): void {
  block.fill(0);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) block[i * width + j] = panel[j * height + i] as number;
    block[i * width + i] = 1;
  }
}
