/** What all functions have in common: what they refuse, that they leave nothing behind, and take copies. */
import { js } from "@blk/backend-js";
import { BlkError, BlockMatrix } from "@blk/core";
import { afterAll, expect, test } from "vitest";
import * as linalg from "../src/index.js";
import { type Ground, onBackend, onEachBackend, toHost } from "./backends.js";
import { matrix, random } from "./matrices.js";

type Run = (a: BlockMatrix, b: BlockMatrix) => Promise<unknown>;

/** With a right-hand side. */
const systems: Record<string, Run> = {
  leastSquares: linalg.leastSquares,
  "leastSquares, full rank": (a, b) => linalg.leastSquares(a, b, { rank: "full" }),
  minimumNorm: linalg.minimumNorm,
  ridge: (a, b) => linalg.ridge(a, b, 0.1),
  ridgePath: linalg.ridgePath,
  solve: linalg.solve,
  solveBanded: (a, b) => linalg.solveBanded(a, b, { lower: 2, upper: 2 }),
  solveBlockDiagonal: linalg.solveBlockDiagonal,
  solveBlockTriangular: (a, b) => linalg.solveBlockTriangular(a, b, { triangle: "lower" }),
  solveBlockTridiagonal: linalg.solveBlockTridiagonal,
  solvePositiveDefinite: linalg.solvePositiveDefinite,
  solveRule: linalg.solveRule,
  solveTriangular: (a, b) => linalg.solveTriangular(a, b, { triangle: "lower" }),
};

/** Of one matrix that has to be square. */
const square: Record<string, Run> = {
  cholesky: linalg.cholesky,
  choleskyRule: linalg.choleskyRule,
  conditionEstimate: linalg.conditionEstimate,
  determinant: linalg.determinant,
  eigenvalues: linalg.eigenvalues,
  inverse: linalg.inverse,
  inverseByBlocks: (a) => linalg.inverseByBlocks(a, 1),
  inverseRule: linalg.inverseRule,
  ldlt: linalg.ldlt,
  logDeterminant: linalg.logDeterminant,
  logDeterminantRule: linalg.logDeterminantRule,
  matrixExponential: linalg.matrixExponential,
  symmetricEigen: linalg.symmetricEigen,
  symmetricEigenRule: linalg.symmetricEigenRule,
  symmetricEigenvalues: linalg.symmetricEigenvalues,
};

const anyShape: Record<string, Run> = {
  lu: linalg.lu,
  polar: linalg.polar,
  pseudoInverse: (a) => linalg.pseudoInverse(a),
  qr: linalg.qr,
  qrWithPivoting: (a) => linalg.qrWithPivoting(a),
  rank: (a) => linalg.rank(a),
  schurComplement: (a) => linalg.schurComplement(a, 1),
  singularValues: linalg.singularValues,
  svd: (a) => linalg.svd(a),
  svdRule: linalg.svdRule,
  truncatedSvd: (a) => linalg.truncatedSvd(a, 2),
};

const every = Object.entries({ ...systems, ...square, ...anyShape });

const provider = js();
const other = await provider.create();
afterAll(() => other.dispose());

await onEachBackend((ground) => {
  const { backend, dtype } = ground;
  const definite = matrix("", 3, 3, (i, j) => [4, 1, 0, 1, 5, 2, 0, 2, 6][3 * i + j] as number);
  const right = matrix("", 3, 1, (i) => i + 1);
  const spoilt = (host: typeof definite, value: number) =>
    matrix("", host.rows, host.cols, (i, j) =>
      i === 2 && j === 0 ? value : (host.data[i * host.cols + j] as number),
    );

  /** Runs it on matrices of its own; tells the error, if any, and that nothing is left of the run. */
  async function failure(
    run: Run,
    a: typeof definite,
    b: typeof right = right,
    { at = ground, of = ground }: { at?: Ground; of?: Ground } = {},
    prepare: (a: BlockMatrix, b: BlockMatrix) => void = () => {},
  ): Promise<BlkError | undefined> {
    using left = onBackend(of, a);
    using hand = onBackend(at, b);
    prepare(left, hand);
    const before = backend.memoryUsage().buffers;
    const error = await run(left, hand).then(
      (made) => (made as Partial<Disposable> | undefined)?.[Symbol.dispose]?.(),
      (reason: unknown) => reason,
    );
    expect(backend.memoryUsage().buffers).toBe(before);
    if (error !== undefined) expect(error).toBeInstanceOf(BlkError);
    return error as BlkError | undefined;
  }

  test.each(every)(
    "%s refuses what is not finite or was disposed, and frees all",
    async (_, run) => {
      expect(await failure(run, definite)).toBeUndefined();
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const error = await failure(run, spoilt(definite, value));
        expect(error).toMatchObject({ code: "ARGUMENT", details: { row: 2, column: 0, value } });
      }
      const disposed = await failure(run, definite, right, {}, (a) => a.dispose());
      expect(disposed?.code).toBe("DISPOSED");
    },
  );

  test.each(Object.entries(systems))("%s refuses a B that does not fit", async (name, run) => {
    const nan = await failure(run, definite, spoilt(right, Number.NaN));
    expect(nan).toMatchObject({ code: "ARGUMENT", details: { row: 2, column: 0 } });
    expect(await failure(run, definite, random(4, 1))).toMatchObject({ code: "SHAPE" });
    const at: Ground = { backend, dtype: dtype === "f32" ? "f64" : "f32" };
    expect(await failure(run, definite, right, { at })).toMatchObject({ code: "DTYPE" });
    const elsewhere = { at: { backend: other, dtype } };
    const mismatch = await failure(run, definite, right, elsewhere);
    expect(mismatch?.code).toBe("BACKEND_MISMATCH");
    expect(mismatch?.message).toContain(
      name.split(",")[0] === "ridge" ? "ridgePath" : name.split(",")[0],
    );
    const disposed = await failure(run, definite, right, {}, (_a, b) => b.dispose());
    expect(disposed?.code).toBe("DISPOSED");
  });

  test.each(Object.entries(square))("%s refuses what is not square", async (_, run) => {
    for (const [rows, cols] of [
      [3, 4],
      [4, 3],
      [0, 3],
    ] as const) {
      expect(await failure(run, random(rows, cols))).toMatchObject({ code: "SHAPE" });
    }
  });

  test.each(every)(
    "%s takes copies: operands may be freed as soon as it returned",
    async (_, run) => {
      const a = onBackend(ground, definite);
      const b = onBackend(ground, right);
      const expected = await told(run(a, b));
      const pending = run(a, b);
      a.dispose();
      b.dispose();
      // In the same memory, perhaps.
      using c = onBackend(ground, random(3));
      using d = onBackend(ground, random(3, 1));
      expect([c.rows, d.rows]).toEqual([3, 3]);
      expect(await told(pending)).toEqual(expected);
    },
  );

  /** What can be compared of a result, which is disposed. */
  async function told(pending: Promise<unknown>): Promise<unknown> {
    const made = await pending;
    if (typeof made !== "object" || made === null) return made;
    if ("toArray" in made) {
      using result = made as BlockMatrix;
      return (await toHost(result)).data;
    }
    if (!("dispose" in made)) return made;
    using _owner = made as unknown as Disposable;
    if ("forward" in made) {
      const output = (made as linalg.GradientRule).forward();
      const outputs: readonly BlockMatrix[] = Array.isArray(output) ? output : [output];
      const all = await Promise.all(outputs.map((one) => toHost(one)));
      for (const one of outputs) one.dispose();
      return all.map(({ data }) => data);
    }
    if (!("solve" in made)) return Object.keys(made);
    using one = onBackend(ground, right);
    using x = (made as unknown as linalg.Solver).solve(one);
    return (await toHost(x)).data;
  }
});

test("integers are refused, options that are none too", async () => {
  using a = BlockMatrix.fromArray(other, [1, 2, 3, 4], { rows: 2, cols: 2, dtype: "i32" });
  for (const [name, run] of every) {
    await expect(run(a, a), name).rejects.toMatchObject({ code: "DTYPE" });
  }
  const ground: Ground = { backend: other, dtype: "f64" };
  using m = onBackend(ground, random(2));
  const unknown = "none" as never;
  for (const run of [
    () => linalg.leastSquares(m, m, { rank: unknown }),
    () => linalg.solveBlockTriangular(m, m, { triangle: unknown }),
    () => linalg.solveTriangular(m, m, { triangle: unknown }),
    () => linalg.solveTriangular(m, m, { triangle: "lower", side: unknown }),
    () => linalg.svd(m, { vectors: unknown }),
    async () => linalg.matrixNorm(m, unknown),
    () => linalg.minimumNorm(m, m, { tolerance: Number.NaN }),
    () => linalg.leastSquares(m, m, { tolerance: -1 }),
    () => linalg.ridge(m, m, Number.NaN),
  ]) {
    await expect(run()).rejects.toMatchObject({ code: "ARGUMENT" });
  }
  expect(other.memoryUsage().buffers).toBe(2);
});
