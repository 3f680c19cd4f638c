import { js } from "@blk/backend-js";
import {
  type Backend,
  BlockMatrix,
  cast,
  expr,
  gelu,
  openBackend,
  pack,
  relu,
  unitRoundoff,
} from "@blk/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as nn from "../src/index.js";
import { others, patience } from "./backends.js";
import {
  checkAgainstDouble,
  checkGradients,
  checkSecondDerivatives,
  gradientsOf,
} from "./gradient-check.js";
import { matrixOf } from "./matrices.js";
import { operationCases } from "./operation-cases.js";

const backend = await openBackend([js()]);
afterAll(() => backend.dispose());
const cases = operationCases(backend);
const dense = (rows: number, cols: number, seed = 1) => matrixOf(backend, rows, cols, seed);

describe("the gradient of", () => {
  it.each(Object.entries(cases))("%s", async (_, { f, inputs, isOnce }) => {
    const matrices = inputs();
    await checkGradients(f, matrices);
    if (!isOnce) await checkSecondDerivatives(f, matrices);
    for (const matrix of matrices) matrix.dispose();
  });

  it("nothing leaves a buffer behind", async () => {
    for (const { f, inputs } of Object.values(cases)) {
      const matrices = inputs();
      const before = backend.memoryUsage().buffers;
      for (const gradient of gradientsOf(f, matrices)) gradient.dispose();
      expect(backend.memoryUsage().buffers).toBe(before);
      for (const matrix of matrices) matrix.dispose();
    }
  });
});

// A gradient here is a sum of at most 40 products of at most 6 factors, each rounded; the largest
// partial sum is at most 100 times the largest gradient or 1.
const roundings = 40 * 6 * 100;

describe.each(others)("on %s, in other arithmetic", (_, provider, dtype) => {
  let other: Backend;
  beforeAll(async () => {
    other = await openBackend([provider()]);
  });
  afterAll(() => other.dispose());

  it.each(Object.entries(cases))(
    `the gradient in ${dtype} of %s is that of f64`,
    async (_, { f, inputs }) => {
      const matrices = inputs();
      const { buffers } = other.memoryUsage();
      await checkAgainstDouble(f, matrices, other, dtype, roundings * unitRoundoff(dtype));
      expect(other.memoryUsage().buffers).toBe(buffers);
      for (const matrix of matrices) matrix.dispose();
    },
    patience,
  );
});

describe("a product of any shape and cuts", () => {
  const size = fc.integer({ min: 0, max: 5 });
  const cuts = (length: number): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min: 0, max: length }), { maxLength: 2 }).map((at) => {
      const all = [0, ...at.sort((x, y) => x - y), length];
      return all.slice(1).map((end, i) => end - (all[i] as number));
    });
  const problems = fc.record({ m: size, k: size, n: size }).chain(({ m, k, n }) =>
    fc.record({
      sizes: fc.constant([m, k, n] as const),
      rows: cuts(m),
      inner: cuts(k),
      cols: cuts(n),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      presentA: fc.option(fc.integer({ min: 0, max: 511 }), { nil: undefined }),
      presentB: fc.option(fc.integer({ min: 0, max: 511 }), { nil: undefined }),
      activation: fc.constantFrom(undefined, relu, gelu, expr.tanh),
    }),
  );

  it("has the gradients of its differences", async () => {
    await fc.assert(
      fc.asyncProperty(problems, async (p) => {
        const [m, k, n] = p.sizes;
        const patternOf = (bits: number | undefined) =>
          bits === undefined
            ? {}
            : { pattern: (row: number, col: number) => ((bits >> (3 * row + col)) & 1) === 1 };
        const factor = (
          [rows, cols]: readonly [number, number],
          [blockRows, blockCols]: readonly [number[], number[]],
          isTransposed: boolean,
          bits: number | undefined,
          seed: number,
        ): BlockMatrix => {
          const blocks = isTransposed
            ? { blockRows: blockCols, blockCols: blockRows }
            : { blockRows, blockCols };
          const shape = isTransposed ? ([cols, rows] as const) : ([rows, cols] as const);
          return matrixOf(backend, ...shape, seed, { ...blocks, ...patternOf(bits) });
        };
        using a = factor([m, k], [p.rows, p.inner], p.transposeA, p.presentA, 5);
        using b = factor([k, n], [p.inner, p.cols], p.transposeB, p.presentB, 6);
        using bias = matrixOf(backend, 1, n, 7);
        const { transposeA, transposeB, activation } = p;
        const options = { transposeA, transposeB, ...(activation && { activation }) };
        await checkGradients((a, b, bias) => nn.matmul(a, b, { ...options, bias }), [a, b, bias]);
      }),
      { numRuns: 40, seed: 20261124 },
    );
  });
});

describe("products with more options", () => {
  it("read rows of A by index", async () => {
    using a = dense(3, 2);
    using b = dense(2, 2, 2);
    using rows = BlockMatrix.fromArray(backend, Int32Array.of(2, -1, 2, 0), { rows: 4, cols: 1 });
    await checkGradients((a, b) => nn.matmul(a, b, { rows, activation: expr.tanh }), [a, b]);
    using at = dense(2, 3);
    await checkGradients(
      (a, b) => nn.matmul(a, b, { rows, transposeA: true, transposeB: true }),
      [at, b],
    );
  });

  it("take a packed right factor as a constant", async () => {
    using a = dense(3, 2);
    using b = dense(4, 2, 2);
    using packed = pack(b, { transpose: true });
    await checkGradients((a) => nn.matmul(a, packed, { activation: relu }), [a]);
  });
});

describe("a change of the element type", () => {
  it.each(["f16", "f32"] as const)("brings gradients back in %s", async (dtype) => {
    using values = matrixOf(backend, 3, 2, 1);
    using x = nn.parameter(cast(values, dtype));
    using loss = nn.sum(nn.map(nn.cast(x, "f64"), (x) => expr.mul(x, x)));
    const [gradient] = nn.gradients(loss, [x]) as [nn.Variable];
    expect([loss.dtype, gradient.dtype]).toEqual(["f64", dtype]);
    // Doubled without rounding.
    const wanted = (await x.toArray()).map((x) => 2 * x);
    expect(await gradient.toArray()).toEqual(wanted);
    gradient.dispose();
  });
});
