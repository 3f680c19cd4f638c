import { toF64 } from "./numbers.js";
import type {
  FactorisationKind,
  MatmulSpec,
  Numbers,
  Peer,
  PeerSession,
  PreparedRun,
  Shape,
  SumOver,
} from "./peer.js";
import { requirePeer } from "./peer-module.js";
import { PreparedRuns } from "./prepared.js";

interface Matrix {
  mmul(other: Matrix): Matrix;
  transpose(): Matrix;
  addRowVector(vector: readonly number[]): Matrix;
  add(other: Matrix): Matrix;
  apply(callback: (this: Matrix, row: number, column: number) => void): Matrix;
  get(row: number, column: number): number;
  set(row: number, column: number, value: number): Matrix;
  sum(): number;
  sum(by: "row" | "column"): number[];
  to1DArray(): number[];
}

interface MlMatrix {
  readonly Matrix: {
    from1DArray(rows: number, columns: number, data: ArrayLike<number>): Matrix;
    add(a: Matrix, b: Matrix): Matrix;
    mul(a: Matrix, b: Matrix): Matrix;
  };
  readonly CholeskyDecomposition: new (a: Matrix) => { readonly lowerTriangularMatrix: Matrix };
  readonly LuDecomposition: new (a: Matrix) => { solve(b: Matrix): Matrix };
  readonly QrDecomposition: new (
    a: Matrix,
  ) => { readonly orthogonalMatrix: Matrix; readonly upperTriangularMatrix: Matrix };
  readonly EigenvalueDecomposition: new (
    a: Matrix,
    options: { readonly assumeSymmetric: boolean },
  ) => { readonly realEigenvalues: readonly number[]; readonly eigenvectorMatrix: Matrix };
  readonly SingularValueDecomposition: new (
    a: Matrix,
  ) => {
    readonly diagonal: readonly number[];
    readonly leftSingularVectors: Matrix;
    readonly rightSingularVectors: Matrix;
  };
}

const name = "ml-matrix";

/** ml-matrix: plain JavaScript, double precision, one thread; no batches and no softmax. */
export const mlMatrix: Peer = {
  name,
  dtype: "f64",
  vectors: false,
  load: async ({ folder } = {}) => {
    const { api, version } = requirePeer<MlMatrix>(name, folder);
    return new MlMatrixSession(api, version);
  },
};

class MlMatrixSession implements PeerSession {
  readonly name: string = name;
  readonly version: string;
  readonly threads: number = 1;
  readonly #api: MlMatrix;
  readonly #library: MlMatrix["Matrix"];
  readonly #runs: PreparedRuns = new PreparedRuns();

  constructor(api: MlMatrix, version: string) {
    this.#api = api;
    this.#library = api.Matrix;
    this.version = version;
  }

  matmul(
    spec: MatmulSpec,
    aValues: Numbers,
    bValues: Numbers,
    biasValues?: Numbers,
  ): PreparedRun | undefined {
    const { m, n, k, transposeA, transposeB, activation } = spec;
    if (spec.batch !== undefined) return undefined;
    const a = this.#upload(transposeA ? { rows: k, cols: m } : { rows: m, cols: k }, aValues);
    const b = this.#upload(transposeB ? { rows: n, cols: k } : { rows: k, cols: n }, bValues);
    const bias = biasValues && Array.from(biasValues);
    // Copies and not transposed views: a view would be asked for every element of the inner loop.
    return this.#prepare(productCall(spec), () => {
      const c = (transposeA ? a.transpose() : a).mmul(transposeB ? b.transpose() : b);
      if (bias) c.addRowVector(bias);
      if (activation === "relu") c.apply(reluInPlace);
      return c;
    });
  }

  add(shape: Shape, aValues: Numbers, bValues: Numbers): PreparedRun {
    const a = this.#upload(shape, aValues);
    const b = this.#upload(shape, bValues);
    return this.#prepare("Matrix.add(a, b)", () => this.#library.add(a, b));
  }

  multiplyAdd(shape: Shape, aValues: Numbers, bValues: Numbers, cValues: Numbers): PreparedRun {
    const a = this.#upload(shape, aValues);
    const b = this.#upload(shape, bValues);
    const c = this.#upload(shape, cValues);
    return this.#prepare("Matrix.mul(a, b).add(c)", () => this.#library.mul(a, b).add(c));
  }

  softmax(): undefined {
    return undefined;
  }

  sum(shape: Shape, over: SumOver, values: Numbers): PreparedRun {
    const x = this.#upload(shape, values);
    return this.#runs.prepare<number[]>({
      call: over === "all" ? "x.sum()" : `x.sum("${over}")`,
      compute: () => (over === "all" ? [x.sum()] : x.sum(over)),
      read: (sums) => Float64Array.from(sums),
      free: () => undefined,
      freeInputs: () => undefined,
    });
  }

  factorise(kind: FactorisationKind, n: number, aValues: Numbers, bValues: Numbers): PreparedRun {
    const a = this.#upload({ rows: n, cols: n }, aValues);
    const b = this.#upload({ rows: n, cols: 1 }, bValues);
    const { call, compute } = this.#factorisation(kind, a, b);
    return this.#runs.prepare<readonly Matrix[]>({
      call,
      compute,
      read: (results) => Float64Array.from(results.flatMap((matrix) => matrix.to1DArray())),
      free: () => undefined,
      freeInputs: () => undefined,
    });
  }

  async dispose(): Promise<void> {
    this.#runs.disposeAll();
  }

  #factorisation(
    kind: FactorisationKind,
    a: Matrix,
    b: Matrix,
  ): { readonly call: string; readonly compute: () => readonly Matrix[] } {
    const { CholeskyDecomposition, LuDecomposition, QrDecomposition } = this.#api;
    const { EigenvalueDecomposition, SingularValueDecomposition } = this.#api;
    switch (kind) {
      case "cholesky":
        return {
          call: "new CholeskyDecomposition(a).lowerTriangularMatrix",
          compute: () => [new CholeskyDecomposition(a).lowerTriangularMatrix],
        };
      case "lu-solve":
        return {
          call: "new LuDecomposition(a).solve(b)",
          compute: () => [new LuDecomposition(a).solve(b)],
        };
      case "qr":
        return {
          call: "new QrDecomposition(a): orthogonalMatrix, upperTriangularMatrix",
          compute: () => {
            const { orthogonalMatrix, upperTriangularMatrix } = new QrDecomposition(a);
            return [orthogonalMatrix, upperTriangularMatrix];
          },
        };
      case "symmetric-eigen":
        return {
          call: "new EigenvalueDecomposition(a, { assumeSymmetric: true })",
          compute: () => {
            const eigen = new EigenvalueDecomposition(a, { assumeSymmetric: true });
            return [this.#column(eigen.realEigenvalues), eigen.eigenvectorMatrix];
          },
        };
      case "svd":
        return {
          call: "new SingularValueDecomposition(a)",
          compute: () => {
            const result = new SingularValueDecomposition(a);
            const { diagonal, leftSingularVectors, rightSingularVectors } = result;
            return [this.#column(diagonal), leftSingularVectors, rightSingularVectors];
          },
        };
    }
  }

  // Memory is the garbage collector's: nothing to free.
  #prepare(call: string, compute: () => Matrix): PreparedRun {
    return this.#runs.prepare<Matrix>({
      call,
      compute,
      read: (matrix) => Float64Array.from(matrix.to1DArray()),
      free: () => undefined,
      freeInputs: () => undefined,
    });
  }

  #column(values: readonly number[]): Matrix {
    return this.#library.from1DArray(values.length, 1, values);
  }

  #upload(shape: Shape, values: Numbers): Matrix {
    return this.#library.from1DArray(shape.rows, shape.cols, toF64(values));
  }
}

function productCall(spec: MatmulSpec): string {
  const a = spec.transposeA ? "a.transpose()" : "a";
  const b = spec.transposeB ? "b.transpose()" : "b";
  const bias = spec.bias ? ".addRowVector(bias)" : "";
  return `${a}.mmul(${b})${bias}${spec.activation ? ".apply(relu)" : ""}`;
}

function reluInPlace(this: Matrix, row: number, column: number): void {
  if (this.get(row, column) < 0) this.set(row, column, 0);
}
