import { type MatrixView, transposeView, windowView } from "@blk/core";
import type { Leaves } from "./leaves.js";
import type { Scratch } from "./scratch.js";
import { symmetricUpdate } from "./symmetric-update.js";
import { copy, gemm, setZero } from "./views.js";

/** What {@link factorSymmetric} finds. */
export interface SymmetricElimination {
  /** Row and column i of P·A·Pᵀ are those of number `permutation[i]` of A. */
  readonly permutation: Int32Array;
  /** D's diagonal. */
  readonly diagonal: Float64Array;
  /** Element i is D's (i + 1, i): zero but inside of a 2×2 block. */
  readonly below: Float64Array;
}

/** (1 + √17)/8: with this share, 1×1 and 2×2 pivots bound the growth of elements alike. */
const share = (1 + Math.sqrt(17)) / 8;

/**
 * `P·A·Pᵀ = L·D·Lᵀ`, D of 1×1 and 2×2 blocks, by the pivoting of Bunch and Kaufman. Only the lower
 * triangle of `a` is read, and it is consumed; L, with its diagonal of ones and its zeros, goes to
 * `l`. As LAPACK's lasyf: within a block, columns are brought up to date one at a time, by
 * `A − L·Wᵀ` with `W = L·D`; the rest of the triangle once per block.
 * Source: Bunch and Kaufman, Math. Comp. 31 (1977); Golub and Van Loan (2013), §4.4.4; Higham (2002), §11.1.
 */
export async function factorSymmetric(
  leaves: Leaves,
  temporary: Scratch,
  a: MatrixView,
  l: MatrixView,
): Promise<SymmetricElimination> {
  const { backend, sizes } = leaves;
  const { rows: n, dtype } = a;
  const size = Math.max(2, Math.min(sizes.diagonal, n));
  const w = temporary.view(dtype, n, size + 1);
  const pair = temporary.view(dtype, n, 2);
  const permutation = Int32Array.from({ length: n }, (_, i) => i);
  const diagonal = new Float64Array(n);
  const below = new Float64Array(n);
  setZero(backend, l);

  /** Column `column` of what is left of A, from row k on, brought up to date, into column `to` of W. */
  const bringUpToDate = (column: number, k: number, start: number, to: number): void => {
    const target = windowView(w, k, to, n - k, 1);
    // Left of the diagonal the column is a row: only the lower triangle is there.
    const before = column - k;
    copy(backend, transposeView(windowView(a, column, k, 1, before)), sub(target, 0, before));
    copy(backend, windowView(a, column, column, n - column, 1), sub(target, before, n - k));
    if (k === start) return;
    const factors = transposeView(windowView(w, column, 0, 1, k - start));
    const left = windowView(l, k, start, n - k, k - start);
    gemm(backend, target, left, factors, { alpha: -1, beta: 1 });
  };

  const valuesOf = (view: MatrixView): Promise<Float64Array> =>
    leaves.run({ reads: [view] } as const, ({ reads: [x] }) => x.slice());

  /** Which pivot to take at k: a row to bring there (to k + 1 for a pair), and its width. */
  const choose = async (k: number, start: number): Promise<{ row: number; width: 1 | 2 }> => {
    bringUpToDate(k, k, start, k - start);
    if (k === n - 1) return { row: k, width: 1 };
    const first = await valuesOf(windowView(w, k, k - start, n - k, 1));
    const candidate = largest(first, 1);
    const most = Math.abs(first[candidate] as number);
    const own = Math.abs(first[0] as number);
    if (most === 0 || own >= share * most) return { row: k, width: 1 };
    bringUpToDate(k + candidate, k, start, k - start + 1);
    const second = await valuesOf(windowView(w, k, k - start + 1, n - k, 1));
    const other = Math.abs(second[candidate] as number);
    second[candidate] = 0;
    const mostOfOther = Math.abs(second[largest(second, 0)] as number);
    if (own >= share * most * (most / mostOfOther)) return { row: k, width: 1 };
    if (other < share * mostOfOther) return { row: k + candidate, width: 2 };
    // The candidate alone: its column is the second one of W.
    copy(backend, windowView(w, k, k - start + 1, n - k, 1), windowView(w, k, k - start, n - k, 1));
    return { row: k + candidate, width: 1 };
  };

  const swap = (i: number, j: number, start: number, columns: number): void => {
    if (i === j) return;
    const held = permutation[i] as number;
    permutation[i] = permutation[j] as number;
    permutation[j] = held;
    exchange(windowView(l, i, 0, 1, i), windowView(l, j, 0, 1, i));
    exchange(windowView(w, i, 0, 1, columns), windowView(w, j, 0, 1, columns));
    // The lower triangle: row i with row j left of i, column i with row j between, column with column below.
    exchange(windowView(a, i, start, 1, i - start), windowView(a, j, start, 1, i - start));
    exchange(windowView(a, i, i, 1, 1), windowView(a, j, j, 1, 1));
    const between = j - i - 1;
    exchange(
      transposeView(windowView(a, i + 1, i, between, 1)),
      windowView(a, j, i + 1, 1, between),
    );
    exchange(windowView(a, j + 1, i, n - j - 1, 1), windowView(a, j + 1, j, n - j - 1, 1));
  };

  const exchange = (x: MatrixView, y: MatrixView): void => {
    if (x.rows === 0 || x.cols === 0) return;
    const held = windowView(x.cols === 1 ? pair : transposeView(pair), 0, 0, x.rows, x.cols);
    copy(backend, x, held);
    copy(backend, y, x);
    copy(backend, held, y);
  };

  /** Columns k … k + width − 1 of L from those of W, and their block of D. */
  const eliminate = async (k: number, start: number, width: 1 | 2): Promise<void> => {
    const views = {
      reads: [windowView(w, k, k - start, n - k, width)],
      writes: [windowView(l, k, k, n - k, width)],
    } as const;
    await leaves.run(views, ({ reads: [x], writes: [out] }) => {
      if (width === 1) {
        diagonal[k] = x[0] as number;
        divideBySingle(x, out);
      } else {
        const d = [x[0], x[2], x[3]] as [number, number, number];
        [diagonal[k], below[k], diagonal[k + 1]] = d;
        divideByPair(x, out, d);
      }
    });
  };

  for (let start = 0; start < n; ) {
    let k = start;
    while (k < n && (k - start < size - 1 || k === n - 1)) {
      const { row, width } = await choose(k, start);
      swap(k + width - 1, row, start, k - start + width);
      await eliminate(k, start, width);
      k += width;
    }
    if (k < n) {
      const rest = windowView(a, k, k, n - k, n - k);
      const left = windowView(l, k, start, n - k, k - start);
      symmetricUpdate(backend, rest, left, windowView(w, k, 0, n - k, k - start));
    }
    start = k;
  }
  return { permutation, diagonal, below };
}

function sub(column: MatrixView, from: number, to: number): MatrixView {
  return windowView(column, from, 0, to - from, 1);
}

function largest(values: Float64Array, from: number): number {
  let place = from;
  for (let i = from; i < values.length; i++) {
    if (Math.abs(values[i] as number) > Math.abs(values[place] as number)) place = i;
  }
  return place;
}

function divideBySingle(x: Float64Array, out: Float64Array): void {
  const pivot = x[0] as number;
  for (let i = 0; i < x.length; i++) out[i] = pivot === 0 ? 0 : (x[i] as number) / pivot;
  out[0] = 1;
}

/** Rows of two numbers times the inverse of `[d11 d21; d21 d22]`, scaled by d21 against overflow. */
function divideByPair(
  x: Float64Array,
  out: Float64Array,
  [d11, d21, d22]: readonly [number, number, number],
): void {
  const [p, q] = [d22 / d21, d11 / d21];
  const scale = 1 / (p * q - 1) / d21;
  for (let i = 0; i < x.length; i += 2) {
    const [first, second] = [x[i] as number, x[i + 1] as number];
    out[i] = scale * (p * first - second);
    out[i + 1] = scale * (q * second - first);
  }
  out.set([1, 0, 0, 1]);
}
