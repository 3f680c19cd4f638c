import { transposeView } from "@blk/core";
import { extendT } from "../compact-wy.js";
import { reflector } from "../householder.js";
import { reductionPanel } from "../params.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";
import { BlockReflectors, type Reflectors } from "./reflectors.js";

/**
 * Overwrites a square matrix with an upper Hessenberg matrix H = Qᵀ·A·Q; returns Q = H₀·H₁·…. One
 * matrix-vector product per column, and per panel the updates A ← A − Y·Vᵀ from the right, where
 * Y = A·V·T, and by the block reflector from the left: LAPACK's dgehrd, after Quintana-Ortí and van de
 * Geijn, ACM Trans. Math. Softw. 32 (2006).
 */
export function toHessenberg(work: HostWorkspace, a: HostMatrix): Reflectors {
  const count = Math.max(0, a.rows - 2);
  const reduction = new Reduction(work, a, count);
  for (let start = 0; start < count; start += reductionPanel) {
    const columns = Math.min(reductionPanel, count - start);
    for (let j = 0; j < columns; j++) reduction.column(start, j);
    reduction.update(start, columns);
  }
  reduction.dispose();
  return reduction.reflectors;
}

class Reduction {
  readonly reflectors: Reflectors;
  private readonly work: HostWorkspace;
  private readonly a: HostMatrix;
  private readonly blocks: BlockReflectors;
  /** Rows of Yᵀ, and T, of the panel at hand. */
  private readonly y: HostMatrix;
  private readonly t: Float64Array;
  private readonly line: HostMatrix;
  private readonly factors: HostMatrix;
  private readonly one: HostMatrix;

  constructor(work: HostWorkspace, a: HostMatrix, count: number) {
    const size = a.rows;
    this.work = work;
    this.a = a;
    const rows = work.matrix(count, size);
    this.reflectors = { rows, taus: new Float64Array(count), shift: 1 };
    this.blocks = new BlockReflectors(work, this.reflectors, reductionPanel, size);
    this.y = work.matrix(reductionPanel, size);
    this.t = new Float64Array(reductionPanel ** 2);
    this.line = work.matrix(1, size);
    this.factors = work.matrix(1, reductionPanel);
    this.one = work.matrix(1, 1);
    this.one.data[0] = 1;
  }

  column(start: number, t: number): void {
    const { work, a, y, line } = this;
    const { rows: vectors, taus } = this.reflectors;
    const size = a.rows;
    const column = start + t;
    const next = column + 1;
    const width = size - next;
    this.currentColumn(start, t);
    const { data } = line;
    const { image, tau } = reflector(data, next, size);
    taus[column] = tau;
    vectors.data.set(data.subarray(next, size), column * size + next);
    const target = a.data;
    for (let i = 0; i <= column; i++) target[i * size + column] = data[i]!;
    target[next * size + column] = image;
    for (let i = next + 1; i < size; i++) target[i * size + column] = 0;

    // y = τ·(A·v − Y·(Vᵀ·v)), and T grows by −τ·T·(Vᵀ·v).
    const v = line.window(0, next, 1, width);
    this.dots(v, start, t, next);
    const dots = this.factors.data;
    extendT(this.t, reductionPanel, t, tau, dots, 0, 1);
    for (let i = 0; i < t; i++) dots[i] = -dots[i]!;
    work.multiply([
      {
        c: y.window(t, 0, 1, size),
        terms: [
          { a: v, b: transposeView(a.window(0, next, size, width)) },
          { a: this.factors.window(0, 0, 1, t), b: y.window(0, 0, t, size) },
        ],
      },
    ]);
    const products = y.data;
    for (let i = t * size; i < (t + 1) * size; i++) products[i]! *= tau;
  }

  /** The column of A as it would be by now, in `line`: less Y·Vᵀ, then reflected from the left. */
  private currentColumn(start: number, t: number): void {
    const { work, a, y, line, factors } = this;
    const { rows: vectors } = this.reflectors;
    const size = a.rows;
    const column = start + t;
    const { data } = vectors;
    const values = factors.data;
    for (let i = 0; i < t; i++) values[i] = -data[(start + i) * size + column]!;
    const own = { a: this.one.view, b: transposeView(a.window(0, column, size, 1)) };
    const factorsView = factors.window(0, 0, 1, t);
    work.multiply([{ c: line.view, terms: [own, { a: factorsView, b: y.window(0, 0, t, size) }] }]);
    if (t === 0) return;
    const first = start + 1;
    const tail = line.window(0, first, 1, size - first);
    this.dots(tail, start, t, first);
    const dots = factors.data;
    for (let j = t - 1; j >= 0; j--) {
      let sum = 0;
      for (let i = 0; i <= j; i++) sum += this.t[i * reductionPanel + j]! * dots[i]!;
      dots[j] = sum;
    }
    work.multiply(
      [{ c: tail, terms: [{ a: factorsView, b: vectors.window(start, first, t, size - first) }] }],
      { alpha: -1, beta: 1 },
    );
  }

  /** The products of a row, which begins at column `from`, with the first `t` vectors of the panel. */
  private dots(row: HostMatrix["view"], start: number, t: number, from: number): void {
    if (t === 0) return;
    const vectors = this.reflectors.rows.window(start, from, t, row.cols);
    this.work.multiply([
      { c: this.factors.window(0, 0, 1, t), terms: [{ a: row, b: transposeView(vectors) }] },
    ]);
  }

  update(start: number, columns: number): void {
    const { work, a, y, blocks } = this;
    const { rows: vectors } = this.reflectors;
    const size = a.rows;
    const next = start + columns;
    const width = size - next;
    const term = {
      a: transposeView(y.window(0, 0, columns, size)),
      b: vectors.window(start, next, columns, width),
    };
    work.multiply([{ c: a.window(0, next, size, width), terms: [term] }], { alpha: -1, beta: 1 });
    const first = start + 1;
    const rest = a.window(first, next, size - first, width);
    blocks.apply(transposeView(rest), [start, columns], false);
  }

  dispose(): void {
    for (const matrix of [this.y, this.line, this.factors, this.one]) this.work.free(matrix);
    this.blocks.dispose();
  }
}
