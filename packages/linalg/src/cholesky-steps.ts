import { BlkError, type MatrixView, transposeView, windowView } from "@blk/core";
import { invertLower } from "./invert-lower.js";
import type { Leaves } from "./leaves.js";
import { largestOf } from "./operands.js";
import { refineAbove } from "./params.js";
import type { Scratch } from "./scratch.js";
import { symmetricUpdate } from "./symmetric-update.js";
import { diagonalBlocks, Triangle } from "./triangle.js";
import { diagonalOf, half } from "./views.js";

/**
 * `A = L·Lᵀ` in the lower triangle of `a`, recursively: `L₁₁`, then `L₂₁ = A₂₁·L₁₁⁻ᵀ`, then the
 * factor of `A₂₂ − L₂₁L₂₁ᵀ`. The upper triangle is neither read nor written, but for diagonal blocks.
 * Throws `NOT_POSITIVE_DEFINITE` with `details.column`. `memory` keeps the inverses of diagonal blocks.
 * Source: Gustavson, IBM J. Res. Dev. 41 (1997); Golub and Van Loan (2013), §4.2.
 */
export async function choleskyInPlace(
  leaves: Leaves,
  memory: Scratch,
  temporary: Scratch,
  a: MatrixView,
): Promise<Triangle> {
  const { backend } = leaves;
  const { rows: n, dtype } = a;
  const size = leaves.sizes.diagonal;
  const range = largestOf(dtype);
  const diagonal = diagonalBlocks(memory, dtype, n, size);
  const lower = new Triangle(a, true, diagonal);
  const middleOf = (from: number, to: number): number => from + half(to - from, size);
  const room = temporary.view(dtype, Math.min(n, middleOf(0, n)), Math.ceil(n / 2));

  const factorBlock = async (from: number, to: number): Promise<void> => {
    const order = to - from;
    const views = {
      updates: [diagonalOf(a, from, to)],
      writes: [
        windowView(diagonal.blocks, from, 0, order, order),
        windowView(diagonal.inverses, from, 0, order, order),
      ],
    } as const;
    await leaves.run(views, ({ updates: [elements], writes: [block, inverse] }) => {
      const failed = choleskyOf(elements, order);
      if (failed !== undefined) throw notPositiveDefinite(n, from + failed);
      block.set(elements);
      for (let i = 0; i < order; i++) block.fill(0, i * order + i + 1, (i + 1) * order);
      const { condition, singularAt } = invertLower(block, order, inverse, range);
      if (singularAt !== undefined) throw notPositiveDefinite(n, from + singularAt);
      diagonal.refined[from / size] = condition > refineAbove;
    });
  };

  const factor = async (from: number, to: number): Promise<void> => {
    if (to - from <= size) {
      if (to > from) await factorBlock(from, to);
      return;
    }
    const middle = middleOf(from, to);
    await factor(from, middle);
    const below = windowView(a, middle, from, to - middle, middle - from);
    const held = windowView(room, 0, 0, below.cols, below.rows);
    lower.part(from, middle).solveInPlace(backend, transposeView(below), held);
    symmetricUpdate(backend, diagonalOf(a, middle, to), below);
    await factor(middle, to);
  };

  await factor(0, n);
  return lower;
}

function notPositiveDefinite(n: number, column: number): BlkError {
  return new BlkError(
    "NOT_POSITIVE_DEFINITE",
    `cholesky: the ${n}×${n} matrix is not positive definite: its leading part of order ${column + 1} has no factor; use ldlt() for symmetric indefinite matrices or lu() for general ones`,
    { details: { column } },
  );
}

/** `L` in the lower triangle of n×n elements, row by row. Returns the first column without a root. */
function choleskyOf(a: Float64Array, n: number): number | undefined {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j < i; j++) {
      const other = j * n;
      let sum = a[row + j] as number;
      for (let k = 0; k < j; k++) sum -= (a[row + k] as number) * (a[other + k] as number);
      a[row + j] = sum / (a[other + j] as number);
    }
    let square = a[row + i] as number;
    for (let k = 0; k < i; k++) square -= (a[row + k] as number) ** 2;
    // Also refuses NaN.
    if (!(square > 0 && square < Number.POSITIVE_INFINITY)) return i;
    a[row + i] = Math.sqrt(square);
  }
  return undefined;
}
