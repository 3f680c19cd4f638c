import { transposeView } from "@blk/core";
import { dot, reflector } from "../householder.js";
import { reductionPanel } from "../params.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";
import type { Reflectors } from "./reflectors.js";

/** A = Q·T·Qᵀ, Q = H₀·H₁·…, T symmetric tridiagonal. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly offDiagonal: Float64Array;
  readonly reflectors: Reflectors;
}

/**
 * Reduces a symmetric matrix, of which all elements are given, to tridiagonal form; it is written
 * over. Half of the work is one matrix-vector product per column; the rest is an update by products
 * per panel, A ← A − V·Wᵀ − W·Vᵀ: LAPACK's dsytrd, after Dongarra, Hammarling and Sorensen, LAPACK
 * Working Note 2 (1987).
 */
export function tridiagonalise(work: HostWorkspace, a: HostMatrix): Tridiagonal {
  const size = a.rows;
  const count = Math.max(0, size - 2);
  const reduction = new Reduction(work, a);
  for (let start = 0; start < count; start += reductionPanel) {
    const columns = Math.min(reductionPanel, count - start);
    for (let j = 0; j < columns; j++) reduction.column(start, j);
    reduction.update(start, columns);
  }
  return reduction.finish();
}

class Reduction {
  private readonly work: HostWorkspace;
  private readonly a: HostMatrix;
  private readonly size: number;
  private readonly diagonal: Float64Array;
  private readonly offDiagonal: Float64Array;
  private readonly taus: Float64Array;
  private readonly vectors: HostMatrix;
  /** Of the panel at hand, rows v₀, w₀, v₁, w₁, … */
  private readonly pairs: HostMatrix;
  /** A column of A as it would be by now; the factors of the pairs in it. */
  private readonly line: HostMatrix;
  private readonly factors: HostMatrix;
  private readonly one: HostMatrix;

  constructor(work: HostWorkspace, a: HostMatrix) {
    const size = a.rows;
    this.work = work;
    this.a = a;
    this.size = size;
    this.diagonal = new Float64Array(size);
    this.offDiagonal = new Float64Array(Math.max(0, size - 1));
    this.taus = new Float64Array(Math.max(0, size - 2));
    this.vectors = work.matrix(this.taus.length, size);
    this.pairs = work.matrix(2 * reductionPanel, size);
    this.line = work.matrix(1, size);
    this.factors = work.matrix(1, 2 * reductionPanel);
    this.one = work.matrix(1, 1);
    this.one.data[0] = 1;
  }

  /** Column `start + panelColumn`: its reflector v, and w with A ← A − v·wᵀ − w·vᵀ. */
  column(start: number, panelColumn: number): void {
    const { work, a, size, pairs, line, factors } = this;
    const column = start + panelColumn;
    const next = column + 1;
    const width = size - next;
    const count = 2 * panelColumn;
    const factorsView = factors.window(0, 0, 1, count);

    const current = this.currentColumn(column, count);
    this.diagonal[column] = current[column]!;
    const { image, tau } = reflector(current, next, size);
    this.offDiagonal[column] = image;
    this.taus[column] = tau;
    const v = current.subarray(next, size);
    this.vectors.data.set(v, column * size + next);
    const vRow = count * size + next;
    const wRow = vRow + size;
    pairs.data.set(v, vRow);

    // w = A·v − Σ (vₜ·(wₜᵀv) + wₜ·(vₜᵀv)), in one pass over both.
    const earlier = pairs.window(0, next, count, width);
    const vView = line.window(0, next, 1, width);
    if (count > 0) {
      work.multiply([
        { c: transposeView(factorsView), terms: [{ a: earlier, b: transposeView(vView) }] },
      ]);
      const dots = factors.data;
      for (let t = 0; t < count; t += 2) {
        const ofV = dots[t]!;
        dots[t] = -dots[t + 1]!;
        dots[t + 1] = -ofV;
      }
    }
    work.multiply([
      {
        c: pairs.window(count + 1, next, 1, width),
        terms: [
          { a: vView, b: a.window(next, next, width, width) },
          { a: factorsView, b: earlier },
        ],
      },
    ]);
    const { data } = pairs;
    const correction = -0.5 * tau * tau * dot(data, vRow, data, wRow, width);
    for (let i = 0; i < width; i++)
      data[wRow + i] = tau * data[wRow + i]! + correction * data[vRow + i]!;
  }

  /** Row `column` of A (as good as its column) with the pairs of this panel taken off, in `line`. */
  private currentColumn(column: number, count: number): Float64Array {
    const { work, a, size, pairs, line, factors } = this;
    if (count === 0) {
      line.data.set(a.data.subarray(column * size, (column + 1) * size));
      return line.data;
    }
    const dots = factors.data;
    const { data } = pairs;
    for (let t = 0; t < count; t += 2) {
      dots[t] = -data[(t + 1) * size + column]!;
      dots[t + 1] = -data[t * size + column]!;
    }
    const width = size - column;
    work.multiply([
      {
        c: line.window(0, column, 1, width),
        terms: [
          { a: this.one.view, b: a.window(column, column, 1, width) },
          { a: factors.window(0, 0, 1, count), b: pairs.window(0, column, count, width) },
        ],
      },
    ]);
    return line.data;
  }

  /** Takes the pairs of a panel off the rest of A. */
  update(start: number, columns: number): void {
    const { work, a, size, pairs } = this;
    const next = start + columns;
    const width = size - next;
    const every = (row: number): typeof pairs.view => ({
      ...pairs.window(row, next, 1, width),
      rows: columns,
      rowStride: 2 * size,
    });
    const [v, w] = [every(0), every(1)];
    const terms = [
      { a: transposeView(v), b: w },
      { a: transposeView(w), b: v },
    ];
    work.multiply([{ c: a.window(next, next, width, width), terms }], { alpha: -1, beta: 1 });
  }

  finish(): Tridiagonal {
    const { a, size, diagonal, offDiagonal, work } = this;
    const { data } = a;
    for (let i = Math.max(0, size - 2); i < size; i++) diagonal[i] = data[i * size + i]!;
    if (size > 1) offDiagonal[size - 2] = data[(size - 1) * size - 1]!;
    for (const matrix of [this.pairs, this.line, this.factors, this.one]) work.free(matrix);
    return { diagonal, offDiagonal, reflectors: { rows: this.vectors, taus: this.taus, shift: 1 } };
  }
}
