import {
  deflate,
  deflationTolerance,
  groupByHalves,
  inLower,
  inUpper,
  sortedRows,
} from "./deflation.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";
import type { SecularEquation } from "./secular-equation.js";
import { secularRoots } from "./secular-roots.js";
import { VectorRows } from "./vector-rows.js";

/** Eigenvalues, ascending, and eigenvectors as rows. */
export interface TridiagonalEigen {
  readonly values: Float64Array;
  readonly vectors: HostMatrix;
}

/**
 * Eigenvalues and eigenvectors of the symmetric tridiagonal matrix with this diagonal and
 * off-diagonal, of which the largest element is about 1. Divide and conquer: Cuppen, Numer. Math. 36
 * (1981), with the vectors of Gu and Eisenstat (1995); both arrays are written over.
 */
export function tridiagonalEigen(
  work: HostWorkspace,
  diagonal: Float64Array,
  offDiagonal: Float64Array,
): TridiagonalEigen {
  const size = diagonal.length;
  const conquest = new Conquest(work, diagonal, offDiagonal);
  if (size > 0) conquest.solve(0, size);
  const order = sortedRows(diagonal, 0, size);
  const values = Float64Array.from(order, (row) => diagonal[row]!);
  return { values, vectors: conquest.finish(order) };
}

class Conquest {
  private readonly work: HostWorkspace;
  /** The diagonal; of a block that is solved, its eigenvalues, in the order of the vectors. */
  private readonly pole: Float64Array;
  private readonly offDiagonal: Float64Array;
  private readonly vectors: VectorRows;
  private readonly coefficients: HostMatrix;
  private readonly z: Float64Array;
  private readonly halves: Uint8Array;
  /** Of the secular equation at hand. */
  private readonly keptPoles: Float64Array;
  private readonly weights: Float64Array;
  private readonly line: Float64Array;
  /** What may be dropped from the matrix, in all blocks alike. */
  private readonly tolerance: number;

  constructor(work: HostWorkspace, pole: Float64Array, offDiagonal: Float64Array) {
    const size = pole.length;
    this.work = work;
    this.pole = pole;
    this.offDiagonal = offDiagonal;
    this.vectors = new VectorRows(work, size, size);
    this.coefficients = work.unwritten(size, size);
    this.z = new Float64Array(size);
    this.halves = new Uint8Array(size);
    this.keptPoles = new Float64Array(size);
    this.weights = new Float64Array(size);
    this.line = new Float64Array(size);
    this.tolerance = deflationTolerance(pole, offDiagonal);
  }

  /** T = diag(T₁, T₂) + ρ·v·vᵀ with v = eₘ ± eₘ₊₁, which takes ρ from the diagonal on either side. */
  solve(start: number, size: number): void {
    if (size === 1) {
      this.vectors.set(start, start, 1);
      return;
    }
    const upper = size >> 1;
    const middle = start + upper;
    const rho = Math.abs(this.offDiagonal[middle - 1]!);
    this.pole[middle - 1]! -= rho;
    this.pole[middle]! -= rho;
    this.solve(start, upper);
    this.solve(middle, size - upper);
    this.merge(start, upper, size - upper);
  }

  private merge(start: number, upperCols: number, lowerCols: number): void {
    const { pole, z, halves, vectors, coefficients, keptPoles, weights } = this;
    const middle = start + upperCols;
    const end = middle + lowerCols;
    const beta = this.offDiagonal[middle - 1]!;
    // Each half of z has length 1: that of the whole is made 1, and ρ twice as large.
    vectors.column(middle - 1, start, middle, Math.SQRT1_2, z);
    vectors.column(middle, middle, end, beta < 0 ? -Math.SQRT1_2 : Math.SQRT1_2, z);
    halves.fill(inUpper, start, middle).fill(inLower, middle, end);
    const rho = 2 * Math.abs(beta);

    const { tolerance } = this;
    const block = { start, upperCols, lowerCols };
    const sorted = sortedRows(pole, start, end);
    const { kept, deflated } = deflate(
      sorted,
      { pole, z, halves },
      tolerance,
      rho > 0 ? tolerance / rho : Number.POSITIVE_INFINITY,
      (x, y, c, s) => vectors.rotate(x, y, block, c, s),
    );
    const size = kept.length;
    kept.forEach((row, i) => {
      keptPoles[i] = pole[row]!;
      weights[i] = z[row]! ** 2;
    });
    const equation: SecularEquation = {
      size,
      weights,
      rhoInverse: 1 / rho,
      differences: (origin, out) => {
        const from = keptPoles[origin]!;
        for (let j = 0; j < size; j++) out[j] = keptPoles[j]! - from;
      },
    };
    const rest = deflated.map((row) => pole[row]!);
    secularRoots(equation, coefficients, (i, { origin, distance }) => {
      pole[start + i] = keptPoles[origin]! + distance;
    });
    pole.set(rest, start + size);

    const grouping = groupByHalves(kept, halves);
    this.fillCoefficients(kept, grouping.places);
    vectors.saveDeflated(block, deflated, size);
    this.work.multiply(vectors.mergeProducts(block, kept, grouping, coefficients));
    vectors.placeDeflated(block, deflated.length, size);
  }

  /** Row i becomes the unit vector of zⱼ / (poleⱼ − rootᵢ). */
  private fillCoefficients(kept: readonly number[], places: Int32Array): void {
    const { weights, z, line } = this;
    const { data, cols } = this.coefficients;
    const size = kept.length;
    kept.forEach((row, j) => {
      weights[j] = z[row]! < 0 ? -Math.sqrt(weights[j]!) : Math.sqrt(weights[j]!);
    });
    for (let i = 0; i < size; i++) {
      const start = i * cols;
      let squares = 0;
      for (let j = 0; j < size; j++) {
        const component = weights[j]! / data[start + j]!;
        line[j] = component;
        squares += component * component;
      }
      const factor = 1 / Math.sqrt(squares);
      for (let j = 0; j < size; j++) data[start + places[j]!] = factor * line[j]!;
    }
  }

  finish(order: Int32Array): HostMatrix {
    this.work.free(this.coefficients);
    return this.vectors.finish(order);
  }
}
