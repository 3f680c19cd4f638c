/** At the ends of the range of an element type: typed errors or right results, never NaN. */
import type { BlockMatrix } from "@blk/core";
import { expect, test } from "vitest";
import {
  cholesky,
  conditionEstimate,
  determinant,
  inverse,
  inverseByBlocks,
  ldlt,
  leastSquares,
  lu,
  minimumNorm,
  qrWithPivoting,
  type Solver,
  solve,
  solveBanded,
  solveBlockDiagonal,
  solveBlockTridiagonal,
  solvePositiveDefinite,
  solveTriangular,
  symmetricEigen,
  symmetricEigenvalues,
} from "../src/index.js";
import { type Ground, onBackend, onEachBackend, toHost } from "./backends.js";
import { type HostMatrix, identity, indefinite, matrix, random, scaled } from "./matrices.js";
import { difference, norm1 } from "./ratios.js";

type Run = (a: BlockMatrix, b: BlockMatrix) => Promise<BlockMatrix>;

const factorised =
  (factorise: (a: BlockMatrix) => Promise<Solver>): Run =>
  async (a, b) => {
    using factors = await factorise(a);
    return factors.solve(b);
  };

const solvers: readonly (readonly [name: string, run: Run])[] = [
  ["solve", solve],
  ["inverse", (a) => inverse(a)],
  ["inverseByBlocks", (a) => inverseByBlocks(a, 1)],
  ["ldlt", factorised(ldlt)],
  ["leastSquares, full rank", (a, b) => leastSquares(a, b, { rank: "full" })],
  ["qrWithPivoting", factorised((a) => qrWithPivoting(a, { tolerance: 0 }))],
  ["solveBanded", (a, b) => solveBanded(a, b, { lower: 1, upper: 1 })],
  ["solveBlockDiagonal", solveBlockDiagonal],
  ["solveBlockTridiagonal", solveBlockTridiagonal],
  ["solveTriangular", (a, b) => solveTriangular(a, b, { triangle: "lower" })],
];

await onEachBackend((ground) => {
  const { backend, dtype } = ground;
  // Neither has a reciprocal within range; the sum of two such is not a number that can be stored.
  const [least, most] = dtype === "f64" ? [2 ** -1040, 2 ** 1023] : [2 ** -135, 2 ** 127];
  const n = 40;

  async function failure(run: Run, a: HostMatrix, b: HostMatrix): Promise<unknown> {
    using left = onBackend(ground, a);
    using right = onBackend(ground, b);
    const before = backend.memoryUsage().buffers;
    const error = await run(left, right).then(
      (x) => x.dispose(),
      (reason: unknown) => reason,
    );
    expect(backend.memoryUsage().buffers).toBe(before);
    return error;
  }

  test.each(solvers)("%s names a pivot that has no reciprocal", async (_, run) => {
    const a = matrix("", n, n, (i, j) => (i !== j ? 0 : i === n - 3 ? least : 1));
    const error = await failure(run, a, random(n, 1));
    // Pivoting by columns takes it last.
    const column = run === solvers[5]?.[1] ? n - 1 : n - 3;
    expect(error).toMatchObject({ code: "SINGULAR", details: { column } });
    expect((error as Error).message).not.toContain("NaN");
  });

  test("elements that grow beyond the range are told, also before they are divided by", async () => {
    // Hadamard's: columns have twice the length of an element.
    const a = matrix("", 4, 4, (i, j) => ([0, 3].includes(i & j) ? most : -most));
    for (const run of [solve, leastSquares, factorised(qrWithPivoting), factorised(lu)]) {
      expect(await failure(run, a, random(4, 1))).toMatchObject({ code: "ARGUMENT" });
    }
    const symmetric = matrix("", 2, 2, (i, j) => (i === 1 && j === 1 ? -most : most));
    expect(await failure(factorised(ldlt), symmetric, random(2, 1))).toMatchObject({
      code: "ARGUMENT",
      details: { column: 1 },
    });
    const late = matrix("", n, n, (i, j) => {
      if (i < n - 2 || j < n - 2) return i === j ? most : 0;
      return i > j ? -most : most;
    });
    expect(await failure(factorised(lu), late, random(n, 1))).toMatchObject({
      code: "ARGUMENT",
      details: { column: n - 1 },
    });
    expect(
      await failure((x, y) => solveBanded(x, y, { lower: 1, upper: 1 }), late, random(n, 1)),
    ).toMatchObject({ code: "ARGUMENT", details: { column: n - 1 } });
  });

  test("a solution that cannot be stored is told", async () => {
    const a = scaled(identity(2), 1 / most);
    const b = matrix("", 2, 1, () => most);
    const told: readonly Run[] = [
      solve,
      solvePositiveDefinite,
      leastSquares,
      minimumNorm,
      solveBlockDiagonal,
      solveBlockTridiagonal,
      (x, y) => solveBanded(x, y, { lower: 1, upper: 1 }),
      (x, y) => solveTriangular(x, y, { triangle: "lower" }),
    ];
    for (const run of told) {
      const error = await failure(run, a, b);
      expect(error).toMatchObject({ code: "ARGUMENT" });
      expect((error as Error).message).toContain("leaves the range");
    }
  });

  test("the condition of what has no inverse that can be stored is infinite", async () => {
    using a = onBackend(
      ground,
      matrix("", 2, 2, (i, j) => (i !== j ? 0 : i === 0 ? 1 : least)),
    );
    expect(await conditionEstimate(a)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a determinant whose partial products leave the range keeps its digits", async () => {
    const exponents = dtype === "f64" ? [-540, -540, 1000, 60] : [-120, -120, 120, 120];
    const odd = matrix("", 9, 9, (i, j) => {
      if (i !== j) return 0;
      return (i === 0 ? 1023 : i === 1 ? 1021 : 3) * 2 ** (exponents[i % 4] as number);
    });
    using a = onBackend(ground, odd);
    // Of the powers of two, the first stands three times.
    const power = 2 * exponents.reduce((x, y) => x + y, 0) + (exponents[0] as number);
    expect(await determinant(a)).toBe(1023 * 1021 * 3 ** 7 * 2 ** power);
  });

  test.each([1, 2, 3, 40])(
    "what stands above the diagonal does not count, n = %i",
    async (order) => {
      const clean = indefinite(order);
      for (const value of [most, Number.NaN]) {
        const spoilt = matrix("", order, order, (i, j) =>
          j > i ? value : (clean.data[i * order + j] as number),
        );
        expect(await spectrum(ground, spoilt)).toEqual(await spectrum(ground, clean));
        const solution = async (
          host: HostMatrix,
          factorise: typeof ldlt | typeof cholesky,
          shift: number,
        ) => {
          const shifted = matrix("", order, order, (i, j) => {
            return (host.data[i * order + j] as number) + (i === j ? shift : 0);
          });
          using held = onBackend(ground, shifted);
          using factors = await factorise(held);
          using lower = factors.lower();
          return toHost(lower);
        };
        for (const [factorise, shift] of [
          [ldlt, 0],
          [cholesky, order],
        ] as const) {
          const [x, y] = [
            await solution(spoilt, factorise, shift),
            await solution(clean, factorise, shift),
          ];
          expect(norm1(difference(x, y))).toBe(0);
        }
      }
    },
  );
});

async function spectrum(ground: Ground, host: HostMatrix): Promise<unknown> {
  using a = onBackend(ground, host);
  using eigen = await symmetricEigen(a);
  using alone = await symmetricEigenvalues(a);
  const parts = [eigen.values, eigen.vectors, alone].map(async (part) => (await toHost(part)).data);
  return Promise.all(parts);
}
