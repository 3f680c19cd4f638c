import { BlkError, type BlockMatrix, expr, type MatrixView, windowView } from "@blk/core";
import { Leaves } from "./leaves.js";
import { eliminate } from "./lu-steps.js";
import { checkSquare, checkSystem, takeOperand, workingDType } from "./operands.js";
import { makeMatrix } from "./owned-factors.js";
import { swapRows } from "./row-swaps.js";
import { Scratch } from "./scratch.js";
import { stored } from "./snapshot.js";
import { diagonalBlocks, fillDiagonal, Triangle } from "./triangle.js";
import { gemm, placeViews, rowsOf } from "./views.js";

/** How many diagonals below and above the main one may hold anything but zeros. */
export interface Bandwidths {
  readonly lower: number;
  readonly upper: number;
}

/**
 * X of `A·X = B` for a square A whose elements lie on a band; those outside of it are taken to be
 * zero. LU with partial pivoting that works on windows of the band, in place of whole columns:
 * n·(lower + upper)² work in place of n³. A is stored densely meanwhile.
 *
 * Rejects with `SINGULAR` and `details.column`, `SHAPE`, `ARGUMENT` (a bandwidth is no whole number ≥ 0,
 * an element is not finite), `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`.
 * Source: LAPACK's gbtrf; Golub and Van Loan (2013), §4.3.
 *
 * ```ts
 * using x = await solveBanded(a, b, { lower: 1, upper: 2 });
 * ```
 */
export async function solveBanded(
  a: BlockMatrix,
  b: BlockMatrix,
  bandwidths: Bandwidths,
): Promise<BlockMatrix> {
  const operation = "solveBanded";
  checkSystem(operation, a, b);
  checkSquare(operation, a);
  for (const width of [bandwidths?.lower, bandwidths?.upper]) {
    if (Number.isInteger(width) && width >= 0) continue;
    throw new BlkError("ARGUMENT", `${operation}: expected whole bandwidths ≥ 0, got ${width}`);
  }
  const names = `${a} and ${b}`;
  const { backend, rows: n } = a;
  const dtype = workingDType(a);
  const layout = { rowPartition: a.colPartition, colPartition: b.colPartition };
  const scratch = new Scratch(backend);
  try {
    const pending = [
      takeOperand(operation, a, scratch),
      takeOperand(operation, b, scratch),
    ] as const;
    const [left, right] = await Promise.all(pending);
    const band = scratch.view(dtype, n, n);
    takeBand(backend, scratch, left, band, bandwidths);
    const uppers = await eliminateBand(new Leaves(backend), scratch, band, right, bandwidths);
    const x = makeMatrix(backend, dtype, layout, operation, (x) => {
      for (const { from, to, end, triangle } of uppers.reverse()) {
        const own = rowsOf(right, from, to);
        const beyond = windowView(band, from, to, to - from, end - to);
        if (end > to) gemm(backend, own, beyond, rowsOf(x, to, end), { alpha: -1, beta: 1 });
        triangle.solve(backend, rowsOf(x, from, to), own);
      }
    });
    return await stored(operation, names, x);
  } finally {
    scratch.dispose();
  }
}

/** Rows `from` to `to` of U: a triangle, and elements up to column `end`. */
interface UpperRows {
  readonly from: number;
  readonly to: number;
  readonly end: number;
  readonly triangle: Triangle;
}

/** Leaves U in `band` and `L⁻¹·P·B` in `right`. Throws `SINGULAR`. */
async function eliminateBand(
  leaves: Leaves,
  scratch: Scratch,
  band: MatrixView,
  right: MatrixView,
  { lower, upper }: Bandwidths,
): Promise<UpperRows[]> {
  const { backend, sizes } = leaves;
  const { rows: n, dtype } = band;
  const size = sizes.diagonal;
  const uppers: UpperRows[] = [];
  const room = scratch.view(dtype, size, Math.max(upper + lower, right.cols));
  for (let from = 0; from < n; from += size) {
    const to = Math.min(n, from + size);
    const width = to - from;
    const bottom = Math.min(n, to + lower);
    // Exchanges of rows carry elements up to `lower` columns beyond the band.
    const end = Math.min(n, to + upper + lower);
    const panel = windowView(band, from, from, bottom - from, width);
    const { pivots } = await eliminate(leaves, scratch, panel);
    const square = rowsOf(panel, 0, width);
    const triangleOf = async (isLower: boolean): Promise<Triangle> => {
      const diagonal = diagonalBlocks(scratch, dtype, width, size);
      const choice = { lower: isLower, unit: isLower, first: from };
      const column = await fillDiagonal("solveBanded", leaves, square, choice, diagonal);
      if (column !== undefined) throw singular(n, column);
      return new Triangle(square, isLower, diagonal);
    };
    const l = await triangleOf(true);
    const beside = windowView(band, from, to, bottom - from, end - to);
    for (const rest of [beside, rowsOf(right, from, bottom)]) {
      swapRows(backend, rest, pivots, 0, width);
      const top = rowsOf(rest, 0, width);
      l.solveInPlace(backend, top, windowView(room, 0, 0, width, rest.cols));
      if (bottom === to) continue;
      const below = rowsOf(rest, width, rest.rows);
      gemm(backend, below, rowsOf(panel, width, panel.rows), top, { alpha: -1, beta: 1 });
    }
    uppers.push({ from, to, end, triangle: await triangleOf(false) });
  }
  return uppers;
}

/** `to ← ` the band of `from`, with zeros outside. */
function takeBand(
  backend: BlockMatrix["backend"],
  scratch: Scratch,
  from: MatrixView,
  to: MatrixView,
  { lower, upper }: Bandwidths,
): void {
  if (to.rows === 0) return;
  const { row, col } = placeViews(backend, scratch, to.dtype, to.rows, to.cols);
  const [element, i, j] = [expr.input(0), expr.input(1), expr.input(2)];
  const isBelow = expr.less(expr.add(j, lower), i);
  const isAbove = expr.less(expr.add(i, upper), j);
  const isOutside = expr.add(isBelow, isAbove);
  backend.map([{ inputs: [from, row, col], out: to }], expr.select(isOutside, 0, element));
}

function singular(n: number, column: number): BlkError {
  return new BlkError(
    "SINGULAR",
    `solveBanded: the ${n}×${n} matrix is singular: elimination finds no pivot in column ${column} that can be divided by`,
    { details: { column } },
  );
}
