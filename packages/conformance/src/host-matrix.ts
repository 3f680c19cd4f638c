import { type Backend, BlockMatrix, type DType } from "@blk/core";
import { randomElements } from "./elements.js";

/** How a block matrix of an example is cut, which blocks it has, and the seed of its elements. */
export interface MatrixSpec {
  readonly rowCuts: readonly number[];
  readonly colCuts: readonly number[];
  /** `undefined`: dense. */
  readonly pattern?: ((row: number, col: number) => boolean) | undefined;
  readonly seed: number;
}

/** Rows×cols numbers on the host: what a block matrix is compared with. */
export class HostMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly elements: Float64Array;

  constructor(rows: number, cols: number, elements: Float64Array) {
    this.rows = rows;
    this.cols = cols;
    this.elements = elements;
  }

  /** From a function of position. */
  static from(rows: number, cols: number, at: (i: number, j: number) => number): HostMatrix {
    const elements = Float64Array.from({ length: rows * cols }, (_, p) =>
      at(Math.floor(p / cols), p % cols),
    );
    return new HostMatrix(rows, cols, elements);
  }

  at(i: number, j: number): number {
    return this.elements[i * this.cols + j] as number;
  }

  transposed(): HostMatrix {
    return HostMatrix.from(this.cols, this.rows, (i, j) => this.at(j, i));
  }

  /** The product with `other`, and |a|·|b| in the same places. */
  times(other: HostMatrix): HostMatrix {
    return HostMatrix.from(this.rows, other.cols, (i, j) => {
      let sum = 0;
      for (let l = 0; l < this.cols; l++) sum += this.at(i, l) * other.at(l, j);
      return sum;
    });
  }

  map(f: (x: number, i: number, j: number) => number): HostMatrix {
    return HostMatrix.from(this.rows, this.cols, (i, j) => f(this.at(i, j), i, j));
  }
}

const total = (lengths: readonly number[]): number => lengths.reduce((sum, n) => sum + n, 0);

/** The block of a cut dimension that holds position `at`. */
export function blockAt(cuts: readonly number[], at: number): number {
  let end = 0;
  for (const [i, length] of cuts.entries()) {
    end += length;
    if (at < end) return i;
  }
  return cuts.length;
}

/** Small whole numbers, zero in absent blocks: sums and products of them are exact in every type. */
export function hostMatrix(spec: MatrixSpec, dtype: DType, kind: "whole" | "full"): HostMatrix {
  const { rowCuts, colCuts, pattern = () => true, seed } = spec;
  const [rows, cols] = [total(rowCuts), total(colCuts)];
  const elements = randomElements(dtype, rows * cols, seed, kind);
  return new HostMatrix(rows, cols, elements).map((x, i, j) =>
    pattern(blockAt(rowCuts, i), blockAt(colCuts, j)) ? x : 0,
  );
}

/** The block matrix of a spec on a backend. */
export function upload(
  backend: Backend,
  spec: MatrixSpec,
  dtype: DType,
  host: HostMatrix,
): BlockMatrix {
  const { rowCuts, colCuts, pattern } = spec;
  const { rows, cols, elements } = host;
  const cut = { rows, cols, dtype, blockRows: rowCuts, blockCols: colCuts };
  return BlockMatrix.fromArray(
    backend,
    elements,
    pattern === undefined ? cut : { ...cut, pattern },
  );
}
