import { type MatrixView, transposeView } from "@blk/core";
import { reflector } from "../householder.js";
import { reductionPanel } from "../params.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";
import type { Reflectors } from "./reflectors.js";

/** A = Q·B·Pᵀ with Q = H₀·H₁·…, P = G₀·G₁·…, B upper bidiagonal in its first rows, else zero. */
export interface Bidiagonal {
  readonly diagonal: Float64Array;
  readonly superdiagonal: Float64Array;
  readonly left: Reflectors;
  readonly right: Reflectors;
}

/**
 * Reduces a matrix of at least as many rows as columns to upper bidiagonal form; it is written over.
 * Half of the work is two matrix-vector products per column; the rest is an update by a product per
 * panel, A ← A − V·Yᵀ − X·Uᵀ: LAPACK's dgebrd, after Dongarra, Hammarling and Sorensen, LAPACK
 * Working Note 2 (1987).
 */
export function bidiagonalise(work: HostWorkspace, a: HostMatrix): Bidiagonal {
  const count = a.cols;
  const reduction = new Reduction(work, a);
  for (let start = 0; start < count; start += reductionPanel) {
    const columns = Math.min(reductionPanel, count - start);
    for (let j = 0; j < columns; j++) {
      reduction.column(start + j, 2 * j);
      reduction.row(start + j, 2 * j);
    }
    reduction.update(start + columns, 2 * columns);
  }
  return reduction.finish();
}

class Reduction {
  private readonly work: HostWorkspace;
  private readonly a: HostMatrix;
  private readonly diagonal: Float64Array;
  private readonly superdiagonal: Float64Array;
  private readonly leftTaus: Float64Array;
  private readonly rightTaus: Float64Array;
  private readonly leftVectors: HostMatrix;
  private readonly rightVectors: HostMatrix;
  /** Of the panel at hand, rows v₀, x₀, v₁, x₁, … and y₀, u₀, y₁, u₁, …: A has lost downᵀ·across. */
  private readonly down: HostMatrix;
  private readonly across: HostMatrix;
  /** A column, or a row, of A as it would be by now; the factors of the panel's rows in it. */
  private readonly columnLine: HostMatrix;
  private readonly rowLine: HostMatrix;
  private readonly factors: HostMatrix;
  private readonly one: HostMatrix;

  constructor(work: HostWorkspace, a: HostMatrix) {
    const { rows, cols } = a;
    this.work = work;
    this.a = a;
    this.diagonal = new Float64Array(cols);
    this.superdiagonal = new Float64Array(Math.max(0, cols - 1));
    this.leftTaus = new Float64Array(cols);
    this.rightTaus = new Float64Array(Math.max(0, cols - 2));
    this.leftVectors = work.matrix(cols, rows);
    this.rightVectors = work.matrix(this.rightTaus.length, cols);
    this.down = work.matrix(2 * reductionPanel, rows);
    this.across = work.matrix(2 * reductionPanel, cols);
    this.columnLine = work.matrix(1, rows);
    this.rowLine = work.matrix(1, cols);
    this.factors = work.matrix(1, 2 * reductionPanel);
    this.one = work.matrix(1, 1);
    this.one.data[0] = 1;
  }

  /** The reflector v of a column, and y = τ·Aᵀ·v, with `count` rows in the panel so far. */
  column(index: number, count: number): void {
    const { a, down, across, columnLine } = this;
    const { rows, cols } = a;
    const height = rows - index;
    const next = index + 1;
    const width = cols - next;
    this.currentLine(columnLine, transposeView(a.window(index, index, height, 1)), {
      own: down.window(0, index, count, height),
      other: across,
      index,
    });
    const line = columnLine.data;
    const { image, tau } = reflector(line, index, rows);
    this.diagonal[index] = image;
    this.leftTaus[index] = tau;
    const v = line.subarray(index, rows);
    this.leftVectors.data.set(v, index * rows + index);
    down.data.set(v, count * rows + index);
    this.product(
      across.window(count, next, 1, width),
      columnLine.window(0, index, 1, height),
      a.window(index, next, height, width),
      down.window(0, index, count, height),
      across.window(0, next, count, width),
    );
    scaleRow(across, count, next, tau);
  }

  /** The reflector u of a row, and x = τ·A·u, with v and y of the same index in the panel. */
  row(index: number, count: number): void {
    const { a, down, across, rowLine } = this;
    const { rows, cols } = a;
    const next = index + 1;
    const width = cols - next;
    if (width === 0) return;
    const height = rows - next;
    this.currentLine(rowLine, a.window(index, next, 1, width), {
      own: across.window(0, next, count + 1, width),
      other: down,
      index,
    });
    const line = rowLine.data;
    // The last superdiagonal element stands alone: nothing is to be reflected away beside it.
    const { image, tau } = reflector(line, next, cols);
    this.superdiagonal[index] = image;
    if (width > 1) {
      this.rightTaus[index] = tau;
      this.rightVectors.data.set(line.subarray(next, cols), index * cols + next);
    }
    across.data.set(line.subarray(next, cols), (count + 1) * cols + next);
    this.product(
      down.window(count + 1, next, 1, height),
      rowLine.window(0, next, 1, width),
      transposeView(a.window(next, next, height, width)),
      across.window(0, next, count + 1, width),
      down.window(0, next, count + 1, height),
    );
    scaleRow(down, count + 1, next, tau);
  }

  /** Writes a line of A, less what the panel has taken off it, into the same place of `out`. */
  private currentLine(
    out: HostMatrix,
    source: MatrixView,
    { own, other, index }: { own: MatrixView; other: HostMatrix; index: number },
  ): void {
    const { work, factors, one } = this;
    const count = own.rows;
    const values = factors.data;
    const { data, cols } = other;
    for (let t = 0; t < count; t++) values[t] = -data[t * cols + index]!;
    const { cols: width } = source;
    work.multiply([
      {
        c: out.window(0, out.cols - width, 1, width),
        terms: [
          { a: one.view, b: source },
          { a: factors.window(0, 0, 1, count), b: own },
        ],
      },
    ]);
  }

  /** `out ← vector·matrix − (vector·ownᵀ)·other`: a product with A as it would be by now. */
  private product(
    out: MatrixView,
    vector: MatrixView,
    matrix: MatrixView,
    own: MatrixView,
    other: MatrixView,
  ): void {
    const { work, factors } = this;
    const dots = factors.window(0, 0, 1, own.rows);
    if (own.rows > 0) {
      work.multiply([{ c: dots, terms: [{ a: vector, b: transposeView(own) }] }], { alpha: -1 });
    }
    work.multiply([
      {
        c: out,
        terms: [
          { a: vector, b: matrix },
          { a: dots, b: other },
        ],
      },
    ]);
  }

  /** Takes a panel of `count` rows off the rest of A. */
  update(next: number, count: number): void {
    const { work, a, down, across } = this;
    const [height, width] = [a.rows - next, a.cols - next];
    if (width === 0) return;
    const term = {
      a: transposeView(down.window(0, next, count, height)),
      b: across.window(0, next, count, width),
    };
    work.multiply([{ c: a.window(next, next, height, width), terms: [term] }], {
      alpha: -1,
      beta: 1,
    });
  }

  finish(): Bidiagonal {
    const { work, diagonal, superdiagonal, leftTaus, rightTaus } = this;
    const { down, across, columnLine, rowLine, factors, one } = this;
    for (const matrix of [down, across, columnLine, rowLine, factors, one]) work.free(matrix);
    return {
      diagonal,
      superdiagonal,
      left: { rows: this.leftVectors, taus: leftTaus, shift: 0 },
      right: { rows: this.rightVectors, taus: rightTaus, shift: 1 },
    };
  }
}

function scaleRow({ data, cols }: HostMatrix, row: number, from: number, factor: number): void {
  for (let i = row * cols + from; i < (row + 1) * cols; i++) data[i]! *= factor;
}
