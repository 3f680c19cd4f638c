import {
  deflate,
  deflationTolerance,
  type Grouping,
  groupByHalves,
  inBoth,
  inLower,
  inUpper,
  sortedRows,
} from "./deflation.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";
import type { SecularEquation } from "./secular-equation.js";
import { secularRoots } from "./secular-roots.js";
import { VectorRows } from "./vector-rows.js";

/** Beside a deflation's tolerance: so little that it stands for zero, yet its powers are numbers. */
const almostZero = 2 ** -53;

/** Singular values, descending, and singular vectors as rows. */
export interface BidiagonalSvd {
  readonly values: Float64Array;
  readonly left: HostMatrix;
  readonly right: HostMatrix;
}

/** Rows and columns of a matrix of singular vectors; what exceeds the bidiagonal is as in the identity. */
export interface VectorsShape {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Singular values and vectors of the upper bidiagonal n×n matrix with this diagonal and
 * superdiagonal, of which the largest element is about 1. Divide and conquer: Gu and Eisenstat, "A
 * divide-and-conquer algorithm for the bidiagonal SVD", SIAM J. Matrix Anal. Appl. 16 (1995);
 * `diagonal` is written over.
 */
export function bidiagonalSvd(
  work: HostWorkspace,
  diagonal: Float64Array,
  superdiagonal: Float64Array,
  shapes: { readonly left: VectorsShape; readonly right: VectorsShape },
): BidiagonalSvd {
  const size = diagonal.length;
  const conquest = new Conquest(work, diagonal, superdiagonal, shapes.left, shapes.right);
  conquest.solve(0, size, false);
  const order = sortedRows(diagonal, 0, size).reverse();
  const values = Float64Array.from(order, (row) => diagonal[row]!);
  return { values, ...conquest.finish(order) };
}

class Conquest {
  private readonly work: HostWorkspace;
  /** The diagonal; of a block that is solved, its singular values, in the order of the vectors. */
  private readonly pole: Float64Array;
  private readonly superdiagonal: Float64Array;
  private readonly left: VectorRows;
  private readonly right: VectorRows;
  private readonly leftCoefficients: HostMatrix;
  private readonly rightCoefficients: HostMatrix;
  private readonly z: Float64Array;
  private readonly halves: Uint8Array;
  /** Of the secular equation at hand. */
  private readonly keptPoles: Float64Array;
  private readonly weights: Float64Array;
  private readonly line: Float64Array;
  /** What may be dropped from the matrix, in all blocks alike. */
  private readonly tolerance: number;

  constructor(
    work: HostWorkspace,
    pole: Float64Array,
    superdiagonal: Float64Array,
    left: VectorsShape,
    right: VectorsShape,
  ) {
    const size = pole.length;
    this.work = work;
    this.pole = pole;
    this.superdiagonal = superdiagonal;
    this.left = new VectorRows(work, left.rows, left.cols);
    this.right = new VectorRows(work, right.rows, right.cols);
    this.leftCoefficients = work.unwritten(size, size);
    this.rightCoefficients = work.unwritten(size, size);
    this.z = new Float64Array(size);
    this.halves = new Uint8Array(size);
    this.keptPoles = new Float64Array(size);
    this.weights = new Float64Array(size);
    this.line = new Float64Array(size);
    this.tolerance = deflationTolerance(pole, superdiagonal);
  }

  /**
   * Rows `start` … `start + size` of the matrix, as many columns, and one more if `isWide`. The row in
   * the middle joins the blocks above and below it, of which the upper is always wide:
   *
   * ```
   * ⎡ B₁        ⎤   size₁ × (size₁ + 1)
   * ⎢ α e β e   ⎥   the middle row
   * ⎣       B₂  ⎦   size₂ × (size₂ + 0 or 1)
   * ```
   *
   * A wide block has one more row of right vectors: that which it maps to zero.
   */
  solve(start: number, size: number, isWide: boolean): void {
    if (size > 1) {
      const upper = size >> 1;
      const middle = start + upper;
      this.solve(start, upper, true);
      this.solve(middle + 1, size - upper - 1, isWide);
      this.merge(start, upper, size - upper - 1, isWide);
    } else if (size === 1) {
      this.solveRow(start, isWide);
    } else if (isWide) {
      this.right.set(start, start, 1);
    }
  }

  private solveRow(row: number, isWide: boolean): void {
    const { pole, left, right } = this;
    const first = pole[row]!;
    const second = isWide ? this.superdiagonal[row]! : 0;
    const length = Math.hypot(first, second);
    // Of almost nothing the quotients would not be a rotation's.
    const isNothing = length <= almostZero * this.tolerance;
    const c = isNothing ? 1 : first / length;
    const s = isNothing ? 0 : second / length;
    pole[row] = length;
    left.set(row, row, 1);
    right.set(row, row, c);
    if (!isWide) return;
    right.set(row, row + 1, s);
    right.set(row + 1, row, -s);
    right.set(row + 1, row + 1, c);
  }

  private merge(start: number, upper: number, lower: number, isWide: boolean): void {
    const { pole, z, halves, left, right, keptPoles, weights } = this;
    const middle = start + upper;
    const end = middle + 1 + lower;
    const alpha = pole[middle]!;
    const beta = end > middle + 1 || isWide ? this.superdiagonal[middle]! : 0;
    right.column(middle, start, middle, alpha, z);
    right.column(middle + 1, middle + 1, end, beta, z);
    halves.fill(inUpper, start, middle).fill(inLower, middle + 1, end);

    const block = { start, upperCols: upper + 1, lowerCols: lower + (isWide ? 1 : 0) };
    const leftBlock = { start, upperCols: upper + 1, lowerCols: lower };
    pole[middle] = 0;

    // The directions that the blocks map to zero: one of their plane meets the middle row.
    const ofUpper = alpha * right.get(middle, middle);
    const ofLower = isWide ? beta * right.get(end, middle + 1) : 0;
    const length = Math.hypot(ofUpper, ofLower);
    const least = almostZero * this.tolerance;
    if (isWide && length > least)
      right.rotate(middle, end, block, ofUpper / length, ofLower / length);
    z[middle] = isWide ? length : ofUpper;
    left.set(middle, middle, 1);
    const { tolerance } = this;
    if (tolerance === 0) return;
    if (Math.abs(z[middle]!) < least) z[middle] = least;

    const others = sortedRows(pole, start, end).filter((row) => row !== middle);
    const found = deflate(others, { pole, z, halves }, tolerance, tolerance, (x, y, c, s) => {
      left.rotate(x, y, leftBlock, c, s);
      right.rotate(x, y, block, c, s);
    });
    const kept = [middle, ...found.kept];
    const size = kept.length;
    kept.forEach((row, i) => {
      // The poles are to differ, also from that of the middle row.
      keptPoles[i] = i === 0 ? 0 : Math.max(pole[row]!, least);
      weights[i] = z[row]! ** 2;
    });
    const rest = found.deflated.map((row) => pole[row]!);
    const equation: SecularEquation = {
      size,
      weights,
      rhoInverse: 1,
      differences: (origin, out) => {
        const from = keptPoles[origin]!;
        for (let j = 0; j < size; j++) out[j] = (keptPoles[j]! - from) * (keptPoles[j]! + from);
      },
    };
    secularRoots(equation, this.rightCoefficients, (i, { origin, distance }) => {
      const from = keptPoles[origin]!;
      pole[start + i] = from + distance / (from + Math.sqrt(from * from + distance));
    });
    pole.set(rest, start + size);

    this.update(block, kept, found.deflated, isWide);
  }

  private update(
    block: { start: number; upperCols: number; lowerCols: number },
    kept: readonly number[],
    deflated: readonly number[],
    isWide: boolean,
  ): void {
    const { left, right, halves, work } = this;
    const { start, upperCols } = block;
    const size = kept.length;
    const leftBlock = { start, upperCols, lowerCols: block.lowerCols - (isWide ? 1 : 0) };
    const middle = kept[0]!;
    // To the left, the middle row's vector is the unit vector of the last column of the upper half.
    halves[middle] = inUpper;
    const leftGrouping = groupByHalves(kept, halves);
    halves[middle] = inBoth;
    const rightGrouping = groupByHalves(kept, halves);
    this.fillCoefficients(kept, leftGrouping, rightGrouping);
    left.saveDeflated(leftBlock, deflated, size);
    right.saveDeflated(block, deflated, size);
    work.multiply([
      ...left.mergeProducts(leftBlock, kept, leftGrouping, this.leftCoefficients),
      ...right.mergeProducts(block, kept, rightGrouping, this.rightCoefficients),
    ]);
    left.placeDeflated(leftBlock, deflated.length, size);
    right.placeDeflated(block, deflated.length, size);
  }

  /**
   * With w = zⱼ / (poleⱼ² − rootᵢ²), row i becomes the unit vector of w to the right, and to the left
   * that of poleⱼ·w, with −1 in the place of the pole 0.
   */
  private fillCoefficients(
    kept: readonly number[],
    { places: leftPlaces }: Grouping,
    { places: rightPlaces }: Grouping,
  ): void {
    const { weights, z, line, keptPoles } = this;
    const { data: left, cols } = this.leftCoefficients;
    const { data: right } = this.rightCoefficients;
    const size = kept.length;
    kept.forEach((row, j) => {
      weights[j] = z[row]! < 0 ? -Math.sqrt(weights[j]!) : Math.sqrt(weights[j]!);
    });
    for (let i = 0; i < size; i++) {
      const start = i * cols;
      const first = weights[0]! / right[start]!;
      line[0] = first;
      let rightSquares = first * first;
      let leftSquares = 1;
      for (let j = 1; j < size; j++) {
        const component = weights[j]! / right[start + j]!;
        line[j] = component;
        rightSquares += component * component;
        const image = keptPoles[j]! * component;
        leftSquares += image * image;
      }
      const rightFactor = 1 / Math.sqrt(rightSquares);
      const leftFactor = 1 / Math.sqrt(leftSquares);
      right[start + rightPlaces[0]!] = rightFactor * first;
      left[start + leftPlaces[0]!] = -leftFactor;
      for (let j = 1; j < size; j++) {
        right[start + rightPlaces[j]!] = rightFactor * line[j]!;
        left[start + leftPlaces[j]!] = leftFactor * keptPoles[j]! * line[j]!;
      }
    }
  }

  finish(order: Int32Array): { readonly left: HostMatrix; readonly right: HostMatrix } {
    this.work.free(this.leftCoefficients);
    this.work.free(this.rightCoefficients);
    return { left: this.left.finish(order), right: this.right.finish(order) };
  }
}
