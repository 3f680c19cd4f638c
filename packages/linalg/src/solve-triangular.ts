import {
  BlkError,
  type BlockMatrix,
  checkFloatingPoint,
  transpose,
  transposeView,
} from "@blk/core";
import { extractTriangle } from "./extract-triangle.js";
import { Leaves } from "./leaves.js";
import {
  checkChoice,
  checkFinite,
  checkRightHandSide,
  checkSquare,
  copyDense,
  takeOperand,
  workingDType,
} from "./operands.js";
import { makeMatrix } from "./owned-factors.js";
import { Scratch } from "./scratch.js";
import { stored } from "./snapshot.js";
import { diagonalBlocks, fillDiagonal, Triangle } from "./triangle.js";

/** Options of {@link solveTriangular}. */
export interface TriangularOptions {
  /** Which triangle of T counts; the other one may hold anything. */
  readonly triangle: "lower" | "upper";
  /** Solves with Tᵀ in place of T. */
  readonly transpose?: boolean;
  /** Takes T's diagonal to be ones, whatever it holds. */
  readonly unit?: boolean;
  /** `right` solves `X·T = B` in place of `T·X = B`. Default `left`. */
  readonly side?: "left" | "right";
}

/**
 * X of `T·X = B` or `X·T = B` (or with Tᵀ) for a triangular n×n matrix T: recursive, by products and
 * the inverses of small diagonal blocks (see `Triangle`).
 *
 * Rejects with `SINGULAR` and `details.column` for a diagonal element that is zero or so small
 * that the inverse of its block cannot be stored, `SHAPE`, `ARGUMENT` (an
 * element is not finite, a choice is unknown), `DTYPE`, `BACKEND_MISMATCH`, `DISPOSED`.
 *
 * ```ts
 * using x = await solveTriangular(l, b, { triangle: "lower" });
 * ```
 */
export async function solveTriangular(
  t: BlockMatrix,
  b: BlockMatrix,
  options: TriangularOptions,
): Promise<BlockMatrix> {
  const operation = "solveTriangular";
  const { triangle, unit = false, side = "left" } = options ?? {};
  checkChoice(operation, "triangle", triangle, ["lower", "upper"]);
  checkChoice(operation, "side", side, ["left", "right"]);
  checkFloatingPoint(operation, t);
  checkSquare(operation, t);
  const names = `${t} and ${b}`;
  const { backend, rows } = t;
  const dtype = workingDType(t);
  const lower = triangle === "lower";
  // X·T = B is Tᵀ·Xᵀ = Bᵀ.
  const isRight = side === "right";
  const facing = isRight ? transpose(b) : b;
  checkRightHandSide(operation, { backend, dtype, rows, name: String(t) }, facing);
  const layout = isRight
    ? { rowPartition: b.rowPartition, colPartition: t.rowPartition }
    : { rowPartition: t.rowPartition, colPartition: b.colPartition };
  const memory = new Scratch(backend);
  try {
    const held = memory.view(dtype, rows, rows);
    copyDense(operation, t, held);
    const clean = memory.view(dtype, rows, rows);
    extractTriangle(backend, memory, held, clean, { lower, unit });
    const right = await takeOperand(operation, facing, memory);
    await checkFinite(operation, backend, clean, String(t));
    const leaves = new Leaves(backend);
    const diagonal = diagonalBlocks(memory, dtype, rows, leaves.sizes.diagonal);
    const column = await fillDiagonal(operation, leaves, clean, { lower, unit }, diagonal);
    if (column !== undefined) throw singularTriangle(t, column);
    const factor = new Triangle(clean, lower, diagonal);
    const oriented = (options.transpose === true) !== isRight ? factor.transpose() : factor;
    const x = makeMatrix(backend, dtype, layout, operation, (x) => {
      oriented.solve(backend, isRight ? transposeView(x) : x, right);
    });
    return await stored(operation, names, x);
  } finally {
    memory.dispose();
  }
}

function singularTriangle(t: BlockMatrix, column: number): BlkError {
  return new BlkError(
    "SINGULAR",
    `solveTriangular: element (${column}, ${column}) of the triangle of ${t} is zero, or too small to divide by`,
    { details: { column } },
  );
}
