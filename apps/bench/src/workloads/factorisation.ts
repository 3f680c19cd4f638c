import { BlockMatrix, bytesPerElement } from "@blk/core";
import { cholesky, lu, qr, svd, symmetricEigen } from "@blk/linalg";
import { roundoff } from "../check.js";
import type { FactorisationKind, Numbers } from "../peers/index.js";
import { Random } from "../random.js";
import type { BenchCase, FloatType, Prepared, When } from "./bench-case.js";

/** A factorisation of an n×n matrix, or what is solved with it. */
interface Kind {
  readonly kind: FactorisationKind;
  readonly label: string;
  /** Leading term, of n³: Golub & Van Loan (2013). */
  readonly flops: number;
  readonly input: "general" | "symmetric" | "positive definite";
  /** The results, in order; what else it makes it frees. */
  compute(a: BlockMatrix, b: BlockMatrix): Promise<readonly BlockMatrix[]>;
  /** Columns of the results, which have n rows each. */
  readonly results: readonly ("n" | 1)[];
  /** Compares the results with what they are made of. */
  check(problem: Problem, results: readonly Numbers[]): string | undefined;
}

interface Problem {
  readonly n: number;
  readonly a: Numbers;
  /** n×1 */
  readonly b: Numbers;
}

const none: Numbers = new Float64Array(0);

const kinds: readonly Kind[] = [
  {
    kind: "cholesky",
    label: "Cholesky",
    flops: 1 / 3,
    input: "positive definite",
    async compute(a) {
      const factors = await cholesky(a);
      const lower = factors.lower();
      factors.dispose();
      return [lower];
    },
    results: ["n"],
    check({ n, a }, [l = none]) {
      return compare("A·v and L·(Lᵀ·v)", n, a, (v) => times(n, l, timesTransposed(n, l, v)));
    },
  },
  {
    kind: "lu-solve",
    label: "LU and solve",
    flops: 2 / 3,
    input: "general",
    async compute(a, b) {
      const factors = await lu(a);
      const x = factors.solve(b);
      factors.dispose();
      return [x];
    },
    results: [1],
    check({ n, a, b }, [x = none]) {
      const scale = normOf(n, a) * largest(x) + largest(b);
      return differ("A·x and b", times(n, a, x), b, scale, n);
    },
  },
  {
    kind: "qr",
    label: "QR, with Q",
    // R takes 4/3, and forming Q as much again.
    flops: 8 / 3,
    input: "general",
    async compute(a) {
      const factors = await qr(a);
      const results = [factors.q(), factors.r()];
      factors.dispose();
      return results;
    },
    results: ["n", "n"],
    check({ n, a }, [q = none, r = none]) {
      return (
        orthonormal("Q", n, q) ??
        compare("A·v and Q·(R·v)", n, a, (v) => times(n, q, times(n, r, v)))
      );
    },
  },
  {
    kind: "symmetric-eigen",
    label: "symmetric eigenvectors",
    // Reduction to tridiagonal form 4/3, forming its Q 4/3, and divide and conquer up to 4/3 each way.
    flops: 16 / 3,
    input: "symmetric",
    async compute(a) {
      const { values, vectors } = await symmetricEigen(a);
      return [values, vectors];
    },
    results: [1, "n"],
    check({ n, a }, [values = none, x = none]) {
      return (
        orthonormal("X", n, x) ??
        compare("X·Λ·Xᵀ·v and A·v", n, a, (v) =>
          times(n, x, scaled(timesTransposed(n, x, v), values)),
        )
      );
    },
  },
  {
    kind: "svd",
    label: "SVD",
    // Reduction to bidiagonal form 8/3, forming both factors 8/3, divide and conquer up to 8/3 each.
    flops: 32 / 3,
    input: "general",
    async compute(a) {
      const { u, s, v } = await svd(a);
      return [s, u, v];
    },
    results: [1, "n", "n"],
    check({ n, a }, [values = none, u = none, v = none]) {
      return (
        orthonormal("U", n, u) ??
        orthonormal("V", n, v) ??
        compare("U·Σ·Vᵀ·x and A·x", n, a, (x) =>
          times(n, u, scaled(timesTransposed(n, v, x), values)),
        )
      );
    },
  },
];

/** Factorisations of square matrices; where another library has them, beside it. */
export function factorisationCases(): BenchCase[] {
  const sizes: readonly (readonly [n: number, when: When])[] = [
    [256, "always"],
    [512, "asked"],
    [1024, "asked"],
  ];
  return kinds.flatMap((kind) => sizes.map(([n, when]) => factorisationCase(kind, n, "f64", when)));
}

/** The id of a case. */
export function factorisationId(kind: FactorisationKind, n: number): string {
  return `linalg/f64/${kind}/${n}`;
}

function factorisationCase(kind: Kind, n: number, dtype: FloatType, when: When): BenchCase {
  const id = factorisationId(kind.kind, n);
  return {
    id,
    group: `linalg ${kind.kind}`,
    label: `${kind.label}, n = ${n}`,
    dtype,
    flops: kind.flops * n ** 3,
    bytes: n ** 2 * bytesPerElement(dtype),
    unit: "GFLOP/s",
    when,
    peers: n === 512,
    create() {
      const random = new Random(id);
      const general = random.values(dtype, n * n);
      const a = inputs[kind.input](n, general);
      const b = random.values(dtype, n);
      return {
        prepare(backend) {
          const matrices = [
            BlockMatrix.fromArray(backend, a, { rows: n, cols: n, dtype }),
            BlockMatrix.fromArray(backend, b, { rows: n, cols: 1, dtype }),
          ] as const;
          return preparedLater(matrices, () => kind.compute(...matrices));
        },
        peer: (session) => session.factorise?.(kind.kind, n, a, b),
        check(all) {
          const lengths = kind.results.map((cols) => (cols === "n" ? n * n : n));
          const length = lengths.reduce((sum, one) => sum + one, 0);
          if (all.length !== length) {
            return `the result has ${all.length} elements instead of ${length}`;
          }
          let end = 0;
          const results = lengths.map((one) => {
            end += one;
            return Float64Array.from(all.subarray(end - one, end));
          });
          return kind.check({ n, a, b }, results);
        },
      };
    },
  };
}

/** A `Prepared` that has to wait for numbers on its way; keeps the newest results. */
function preparedLater(
  inputs: readonly BlockMatrix[],
  compute: () => Promise<readonly BlockMatrix[]>,
): Prepared {
  let last: readonly BlockMatrix[] = [];
  const free = (matrices: readonly BlockMatrix[]): void => {
    for (const matrix of matrices) matrix.dispose();
  };
  return {
    async run() {
      free(last);
      last = [];
      last = await compute();
    },
    async result() {
      if (last.length === 0) throw new Error("nothing was run yet");
      const parts = await Promise.all(last.map((matrix) => matrix.toArray()));
      const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
    dispose() {
      free(last);
      free(inputs);
    },
  };
}

/** Random numbers as matrices of a kind. */
const inputs: Readonly<Record<Kind["input"], (n: number, values: Numbers) => Numbers>> = {
  general: (_, values) => values,
  symmetric,
  // All Gershgorin discs lie right of zero.
  "positive definite": (n, values) => {
    const a = symmetric(n, values);
    for (let i = 0; i < n; i++) a[i * n + i] = n;
    return a;
  },
};

function symmetric(n: number, values: Numbers): Numbers {
  const a = values.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) a[i * n + j] = values[j * n + i] as number;
  }
  return a;
}

/**
 * How far a backward error may go beyond n roundings of the matrix: the threshold of LAPACK's own
 * tests (Anderson et al., LAPACK Working Note 41).
 */
const threshold = 30;

function differ(
  what: string,
  got: Numbers,
  expected: Numbers,
  scale: number,
  n: number,
): string | undefined {
  const tolerance = threshold * n * roundoff.f64 * scale;
  for (let i = 0; i < n; i++) {
    const [x, y] = [got[i] as number, expected[i] as number];
    if (!(Math.abs(x - y) <= tolerance)) return `element ${i} of ${what}: ${x} instead of ${y}`;
  }
  return undefined;
}

/** Whether A·v is what the factors make of v, a vector of random numbers. */
function compare(
  what: string,
  n: number,
  a: Numbers,
  product: (v: Numbers) => Numbers,
): string | undefined {
  const v = projection(n);
  return differ(what, product(v), times(n, a, v), normOf(n, a) * largest(v), n);
}

/** Whether Xᵀ·(X·v) is v. */
function orthonormal(name: string, n: number, x: Numbers): string | undefined {
  const v = projection(n);
  const what = `${name}ᵀ·(${name}·v) and v`;
  return differ(what, timesTransposed(n, x, times(n, x, v)), v, largest(v), n);
}

function projection(n: number): Numbers {
  const values = new Random("projection").values("f64", n);
  return values.map((value) => value + Math.sign(value) / 2);
}

function scaled(v: Numbers, factors: Numbers): Float64Array {
  return Float64Array.from(v, (value, i) => value * (factors[i] as number));
}

function times(n: number, a: Numbers, v: Numbers): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (a[i * n + j] as number) * (v[j] as number);
    out[i] = sum;
  }
  return out;
}

function timesTransposed(n: number, a: Numbers, v: Numbers): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const factor = v[i] as number;
    for (let j = 0; j < n; j++) out[j] = (out[j] as number) + (a[i * n + j] as number) * factor;
  }
  return out;
}

/** The largest sum of magnitudes in a row. */
function normOf(n: number, a: Numbers): number {
  return largest(times(n, a.map(Math.abs), new Float64Array(n).fill(1)));
}

function largest(v: Numbers): number {
  let most = 0;
  for (const value of v) most = Math.max(most, Math.abs(value));
  return most;
}
