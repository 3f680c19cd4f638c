/** A gallery of matrices that factorisations find easy, hard, or are known to fail on. */
import type { DType } from "@blk/core";

/** A matrix on the host, row by row. */
export interface HostMatrix {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** Shorthand for {@link HostMatrix} by a function of the element's place. */
export function matrix(
  name: string,
  rows: number,
  cols: number,
  element: (row: number, col: number) => number,
): HostMatrix {
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) data[i * cols + j] = element(i, j);
  }
  return { name, rows, cols, data };
}

/** Uniform numbers in [−1, 1), the same for the same seed (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function zeros(rows: number, cols = rows): HostMatrix {
  return matrix("zeros", rows, cols, () => 0);
}

export function identity(n: number): HostMatrix {
  return matrix("identity", n, n, (i, j) => (i === j ? 1 : 0));
}

export function random(rows: number, cols = rows, seed = 1): HostMatrix {
  const next = uniform(seed * 7919 + rows * 31 + cols);
  return matrix("random", rows, cols, () => next());
}

/** Rows and columns that fall off over `decades` powers of ten. */
export function graded(rows: number, cols = rows, decades = 8): HostMatrix {
  const { data } = random(rows, cols, 2);
  const fall = (i: number, n: number): number => 10 ** ((-decades / 2) * (i / Math.max(1, n - 1)));
  return matrix("graded", rows, cols, (i, j) => {
    return (data[i * cols + j] as number) * fall(i, rows) * fall(j, cols);
  });
}

/** Of rank `rank` but for rounding. */
export function rankDeficient(
  rows: number,
  cols = rows,
  rank = defaultRank(rows, cols),
): HostMatrix {
  const product = multiply(random(rows, rank, 3), random(rank, cols, 4));
  return { ...product, name: `rank ${rank}` };
}

/** Half of the smaller dimension. */
export function defaultRank(rows: number, cols: number): number {
  return Math.floor(Math.min(rows, cols) / 2);
}

/** Of full rank by a hair: a perturbation of relative size `gap` on a matrix of deficient rank. */
export function nearlySingular(rows: number, cols = rows, gap = 1e-6): HostMatrix {
  const low = rankDeficient(rows, cols).data;
  const noise = random(rows, cols, 5).data;
  return matrix("nearly singular", rows, cols, (i, j) => {
    const at = i * cols + j;
    return (low[at] as number) + gap * (noise[at] as number);
  });
}

/** 1/(i + j + 1): positive definite, with a condition that grows like e^{3.5n}. */
export function hilbert(rows: number, cols = rows): HostMatrix {
  return matrix("Hilbert", rows, cols, (i, j) => 1 / (i + j + 1));
}

/** Wilkinson's W⁺: tridiagonal, symmetric, with eigenvalues in pairs that agree to many digits. */
export function wilkinson(n: number): HostMatrix {
  return matrix("Wilkinson", n, n, (i, j) => {
    if (i === j) return Math.abs(i - (n - 1) / 2);
    return Math.abs(i - j) === 1 ? 1 : 0;
  });
}

/**
 * On which partial pivoting lets elements grow by 2^{n−1} (Higham, 2002, §9.3): for small n only, or
 * with a border of `width` columns for a growth of 2^{width−1}.
 */
export function growth(n: number, width = Math.min(n, 20)): HostMatrix {
  return matrix("growth", n, n, (i, j) => {
    if (i === j || (j === n - 1 && i < width)) return 1;
    return i > j && j < width ? -1 : 0;
  });
}

/** Kahan's triangular matrix, whose rank pivoting by columns overestimates (Higham, 2002, §8.3). */
export function kahan(rows: number, cols = rows, theta = 1.2): HostMatrix {
  const [s, c] = [Math.sin(theta), Math.cos(theta)];
  return matrix("Kahan", rows, cols, (i, j) => (i > j ? 0 : s ** i * (i === j ? 1 : -c)));
}

/** Symmetric, with the given eigenvalues: a diagonal matrix between random reflections. */
export function withEigenvalues(name: string, values: readonly number[], seed = 6): HostMatrix {
  const n = values.length;
  let a = matrix(name, n, n, (i, j) => (i === j ? (values[i] as number) : 0));
  for (let k = 0; k < Math.min(3, n); k++) a = reflectBothSides(a, seed + k);
  // Reflections leave a trace of rounding: make it symmetric to the bit.
  return matrix(name, n, n, (i, j) => a.data[Math.max(i, j) * n + Math.min(i, j)] as number);
}

/** Two clusters of eigenvalues, around 1 and around `low`, each within a few units of roundoff. */
export function clustered(n: number, low = 1e-3): HostMatrix {
  const values = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : low) * (1 + i * 2 ** -50));
  return withEigenvalues("clustered", values);
}

/** Symmetric positive definite with condition `condition`, eigenvalues spread geometrically. */
export function positiveDefinite(n: number, condition = 100): HostMatrix {
  const values = Array.from({ length: n }, (_, i) => condition ** (-i / Math.max(1, n - 1)));
  return withEigenvalues("positive definite", values, 7);
}

/** Symmetric, with eigenvalues of both signs. */
export function indefinite(n: number): HostMatrix {
  const { data } = random(n, n, 8);
  const at = (i: number, j: number): number => data[Math.max(i, j) * n + Math.min(i, j)] as number;
  return matrix("indefinite", n, n, at);
}

/** Row i is row `order[i]` of `a`. */
export function rowsInOrder(a: HostMatrix, order: ArrayLike<number>): HostMatrix {
  const { rows, cols, data } = a;
  return matrix(
    `P·${a.name}`,
    rows,
    cols,
    (i, j) => data[(order[i] as number) * cols + j] as number,
  );
}

/** Column j is column `order[j]` of `a`. */
export function colsInOrder(a: HostMatrix, order: ArrayLike<number>): HostMatrix {
  const { rows, cols, data } = a;
  return matrix(
    `${a.name}·P`,
    rows,
    cols,
    (i, j) => data[i * cols + (order[j] as number)] as number,
  );
}

/** An identity whose column `column` is zero. */
export function withoutColumn(column: number, rows: number, cols = rows): HostMatrix {
  return matrix("without a column", rows, cols, (i, j) => (i === j && j !== column ? 1 : 0));
}

/** (A + Aᵀ)/2 of a square matrix. */
export function symmetric(a: HostMatrix): HostMatrix {
  const { rows: n, data } = a;
  const at = (i: number, j: number): number => data[i * n + j] as number;
  return matrix(a.name, n, n, (i, j) => (at(i, j) + at(j, i)) / 2);
}

/** `a` times a number. */
export function scaled(a: HostMatrix, factor: number, name = `${a.name} · ${factor}`): HostMatrix {
  return { ...a, name, data: a.data.map((x) => x * factor) };
}

/** A factor so small, and one so large, that squares of such elements leave the range of `dtype`. */
export function extremeScales(dtype: DType): { readonly tiny: number; readonly huge: number } {
  return dtype === "f64" ? { tiny: 2 ** -600, huge: 2 ** 600 } : { tiny: 2 ** -80, huge: 2 ** 80 };
}

/** Matrices of any shape for a factorisation of `dtype`. */
export function gallery(rows: number, cols: number, dtype: DType): readonly HostMatrix[] {
  const { tiny, huge } = extremeScales(dtype);
  const common = [
    random(rows, cols),
    graded(rows, cols, dtype === "f64" ? 8 : 4),
    rankDeficient(rows, cols),
  ];
  // Products on the host take long: of large matrices, the kinds on which blocks behave differently.
  if (rows * cols > 10_000) return common;
  return [
    ...common,
    nearlySingular(rows, cols, dtype === "f64" ? 1e-10 : 1e-4),
    hilbert(rows, cols),
    kahan(rows, cols),
    scaled(random(rows, cols), tiny, "tiny"),
    scaled(random(rows, cols), huge, "huge"),
    ...(rows === cols ? [wilkinson(rows), growth(rows), clustered(rows)] : []),
  ];
}

/** Symmetric matrices, definite or not. */
export function symmetricGallery(n: number, dtype: DType): readonly HostMatrix[] {
  const { tiny, huge } = extremeScales(dtype);
  return [
    indefinite(n),
    positiveDefinite(n),
    symmetric(graded(n, n, dtype === "f64" ? 8 : 4)),
    symmetric(nearlySingular(n, n, dtype === "f64" ? 1e-10 : 1e-4)),
    hilbert(n),
    wilkinson(n),
    clustered(n),
    scaled(indefinite(n), tiny, "tiny"),
    scaled(indefinite(n), huge, "huge"),
  ];
}

/** Sizes of square matrices: none, one, small, around a leaf and beyond, a prime, several levels. */
export const sizes: readonly number[] = [0, 1, 2, 3, 17, 64, 65, 200];

/** Shapes of rectangular matrices: empty, tall, wide, and barely so. */
export const shapes: readonly (readonly [rows: number, cols: number])[] = [
  [0, 3],
  [3, 0],
  [1, 7],
  [7, 1],
  [65, 64],
  [64, 65],
  [200, 17],
  [17, 200],
];

/** The plain product, in double precision. */
export function multiply(a: HostMatrix, b: HostMatrix): HostMatrix {
  const { rows, cols: inner } = a;
  const { cols } = b;
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = a.data[i * inner + k] as number;
      if (factor === 0) continue;
      for (let j = 0; j < cols; j++) {
        data[i * cols + j] =
          (data[i * cols + j] as number) + factor * (b.data[k * cols + j] as number);
      }
    }
  }
  return { name: `${a.name} · ${b.name}`, rows, cols, data };
}

export function transposed(a: HostMatrix): HostMatrix {
  const { rows, cols, data } = a;
  return matrix(`${a.name}ᵀ`, cols, rows, (i, j) => data[j * cols + i] as number);
}

/** H·A·H for the reflection H = I − 2vvᵀ/vᵀv of a random v. */
function reflectBothSides(a: HostMatrix, seed: number): HostMatrix {
  const n = a.rows;
  const next = uniform(seed);
  const v = Float64Array.from({ length: n }, () => next());
  const half = v.reduce((sum, x) => sum + x * x, 0) / 2;
  const reflected = (m: HostMatrix): HostMatrix => {
    const w = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        w[j] = (w[j] as number) + ((v[i] as number) * (m.data[i * n + j] as number)) / half;
      }
    }
    return matrix(m.name, n, n, (i, j) => {
      return (m.data[i * n + j] as number) - (v[i] as number) * (w[j] as number);
    });
  };
  return transposed(reflected(transposed(reflected(a))));
}
