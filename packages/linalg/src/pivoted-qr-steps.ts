import { type MatrixView, transposeView, windowView } from "@blk/core";
import { formT } from "./compact-wy.js";
import { norm, reflector } from "./householder.js";
import type { Leaves } from "./leaves.js";
import { type ReflectorBlock, reflectorRoom } from "./reflectors.js";
import { permutationOf, swapRows } from "./row-swaps.js";
import type { Scratch } from "./scratch.js";
import { colsOf, gemm, rowsOf, setZero } from "./views.js";

/** What {@link reflectWithPivots} finds. */
export interface PivotedReflection {
  readonly blocks: readonly ReflectorBlock[];
  /** Column j of A·P is column `permutation[j]` of A. */
  readonly permutation: Int32Array;
  /** R's diagonal, of non-increasing magnitude but for rounding. */
  readonly diagonal: Float64Array;
}

/**
 * `A·P = Q·R`, the column of largest remaining norm first. As LAPACK's laqps: within a block, columns
 * are brought up to date one at a time, by `A − V·Fᵀ`; the rest of the matrix once per block.
 * Norms are reduced by what a row takes, and computed anew where that would cancel.
 * Source: Quintana-Ortí, Sun and Bischof, "A BLAS-3 version of the QR factorization with column
 * pivoting", SIAM J. Sci. Comput. 19 (1998); Drmač and Bujanović, LAPACK Working Note 176.
 */
export async function reflectWithPivots(
  leaves: Leaves,
  memory: Scratch,
  temporary: Scratch,
  a: MatrixView,
): Promise<PivotedReflection> {
  const { backend, sizes } = leaves;
  const { rows, cols, dtype } = a;
  const order = Math.min(rows, cols);
  const size = Math.max(1, Math.min(sizes.diagonal, order));
  const v = memory.view(dtype, rows, order);
  const t = memory.view(dtype, order, size);
  const f = temporary.view(dtype, cols, size);
  const projection = temporary.view(dtype, size, 1);
  const room = reflectorRoom(temporary, dtype, size, cols);
  setZero(backend, v);
  const norms = await columnNorms(leaves, a);
  // What each norm was when it was last computed: it has that many roundoffs of error at most.
  const exact = norms.slice();
  const pivots = new Int32Array(order);
  const diagonal = new Float64Array(order);
  const blocks: ReflectorBlock[] = [];
  const cancels = Math.sqrt(dtype === "f64" ? 2 ** -53 : 2 ** -24);

  const exchange = (k: number, start: number): void => {
    let pivot = k;
    for (let j = k + 1; j < cols; j++) {
      if ((norms[j] as number) > (norms[pivot] as number)) pivot = j;
    }
    pivots[k] = pivot;
    if (pivot === k) return;
    swapRows(backend, transposeView(a), pivots, k, k + 1);
    if (k > start) swapRows(backend, colsOf(f, 0, k - start), pivots, k, k + 1);
    norms[pivot] = norms[k] as number;
    exact[pivot] = exact[k] as number;
  };

  /** Makes the reflection of column k, after the pending ones of its block; returns τ. */
  const reflectColumn = async (k: number, start: number): Promise<number> => {
    const done = k - start;
    const height = rows - k;
    const column = windowView(a, k, k, height, 1);
    if (done > 0) {
      const row = transposeView(windowView(f, k, 0, 1, done));
      gemm(backend, column, windowView(v, k, start, height, done), row, { alpha: -1, beta: 1 });
    }
    const views = {
      reads: [column],
      writes: [windowView(a, k, k, 1, 1), windowView(v, k, k, height, 1)],
    } as const;
    return leaves.run(views, ({ reads: [x], writes: [top, reflection] }) => {
      reflection.set(x);
      const { image, tau } = reflector(reflection, 0, height);
      diagonal[k] = image;
      top[0] = image;
      return tau;
    });
  };

  /** Column k of F, `τ·(A − V·Fᵀ)ᵀ·v`, for the columns on the right of k; then row k of A. */
  const projectOn = (k: number, start: number, tau: number): void => {
    const [done, height, rest] = [k - start, rows - k, cols - k - 1];
    if (rest === 0) return;
    const reflection = windowView(v, k, k, height, 1);
    const right = transposeView(windowView(a, k, k + 1, height, rest));
    const target = windowView(f, k + 1, done, rest, 1);
    gemm(backend, target, right, reflection, { alpha: tau });
    if (done > 0) {
      const overlap = rowsOf(projection, 0, done);
      const earlier = transposeView(windowView(v, k, start, height, done));
      gemm(backend, overlap, earlier, reflection);
      gemm(backend, target, windowView(f, k + 1, 0, rest, done), overlap, { alpha: -tau, beta: 1 });
    }
    const row = windowView(a, k, k + 1, 1, rest);
    const factors = transposeView(windowView(f, k + 1, 0, rest, done + 1));
    gemm(backend, row, windowView(v, k, start, 1, done + 1), factors, { alpha: -1, beta: 1 });
  };

  /** Takes row k out of the norms; tells whether one of them has to be computed anew. */
  const reduceNorms = async (k: number): Promise<boolean> => {
    let isStale = false;
    const row = windowView(a, k, k + 1, 1, cols - k - 1);
    await leaves.run({ reads: [row] } as const, ({ reads: [taken] }) => {
      for (const [i, value] of taken.entries()) {
        const j = k + 1 + i;
        const before = norms[j] as number;
        if (before === 0) continue;
        const share = Math.max(0, 1 - (value / before) ** 2);
        const left = share * (before / (exact[j] as number)) ** 2;
        norms[j] = before * Math.sqrt(share);
        if (left <= cancels) isStale = true;
      }
    });
    return isStale;
  };

  for (let start = 0; start < order; ) {
    const taus: number[] = [];
    let k = start;
    let isStale = false;
    while (k < order && k < start + size && !isStale) {
      exchange(k, start);
      const tau = await reflectColumn(k, start);
      taus.push(tau);
      projectOn(k, start, tau);
      isStale = k + 1 < cols && (await reduceNorms(k));
      k++;
    }
    const width = k - start;
    const block = {
      from: start,
      v: windowView(v, start, start, rows - start, width),
      t: windowView(t, start, 0, width, width),
    };
    await setT(leaves, block, windowView(room.first, 0, 0, width, width), taus);
    blocks.push(block);
    if (k < rows && k < cols) {
      const rest = windowView(a, k, k, rows - k, cols - k);
      const factors = transposeView(windowView(f, k, 0, cols - k, width));
      gemm(backend, rest, windowView(v, k, start, rows - k, width), factors, {
        alpha: -1,
        beta: 1,
      });
      if (isStale) {
        const fresh = await columnNorms(leaves, rest);
        norms.set(fresh, k);
        exact.set(fresh, k);
      }
    }
    start = k;
  }
  return { blocks, permutation: permutationOf(pivots, cols), diagonal };
}

/** T of a block, from the τ of each of its reflections. */
async function setT(
  leaves: Leaves,
  { v, t }: ReflectorBlock,
  gram: MatrixView,
  taus: readonly number[],
): Promise<void> {
  gemm(leaves.backend, gram, transposeView(v), v);
  const n = taus.length;
  await leaves.run({ reads: [gram], writes: [t] } as const, ({ reads: [g], writes: [out] }) =>
    formT(out, n, taus, g, n),
  );
}

async function columnNorms(leaves: Leaves, a: MatrixView): Promise<Float64Array> {
  const { rows, cols } = a;
  return leaves.run({ reads: [transposeView(a)] } as const, ({ reads: [columns] }) =>
    Float64Array.from({ length: cols }, (_, j) => norm(columns, j * rows, (j + 1) * rows)),
  );
}
