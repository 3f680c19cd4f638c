import { js } from "@blk/backend-js";
import * as core from "@blk/core";
import {
  type Backend,
  BlockMatrix,
  BlockPattern,
  cast,
  expr,
  map,
  openBackend,
  pack,
  relu,
  unitRoundoff,
} from "@blk/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as nn from "../src/index.js";
import { examplesOn, others, patience } from "./backends.js";
import {
  checkAgainstDouble,
  checkGradients,
  checkSecondDerivatives,
  gradientsOf,
} from "./gradient-check.js";
import { matrixOf } from "./matrices.js";
import { operationCases } from "./operation-cases.js";
import { matricesOf, operationFamilies } from "./operation-families.js";

const backend = await openBackend([js()]);
afterAll(() => backend.dispose());
const cases = operationCases(backend);
const dense = (rows: number, cols: number, seed = 1) => matrixOf(backend, rows, cols, seed);

describe("the gradient of", () => {
  it.each(Object.entries(operationFamilies))("any %s", async (_, family) => {
    await fc.assert(
      fc.asyncProperty(family, async (example) => {
        const matrices = matricesOf(backend, example);
        await checkGradients(example.f, matrices);
        for (const matrix of matrices) matrix.dispose();
      }),
      { numRuns: 30, seed: 20261129 },
    );
  });

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

  it.each(Object.entries(operationFamilies))(
    `the gradient in ${dtype} of any %s`,
    async (_, family) => {
      await fc.assert(
        fc.asyncProperty(family, async (example) => {
          const { buffers } = other.memoryUsage();
          const matrices = matricesOf(dtype === "f64" ? other : backend, example);
          if (dtype === "f64") await checkGradients(example.f, matrices);
          else {
            const bound = roundings * unitRoundoff(dtype);
            await checkAgainstDouble(example.f, matrices, other, dtype, bound);
          }
          for (const matrix of matrices) matrix.dispose();
          expect(other.memoryUsage().buffers).toBe(buffers);
        }),
        examplesOn(other),
      );
    },
    patience,
  );
});

describe("reductions of matrices that lack blocks", () => {
  const options = (["zero", "skip"] as const).flatMap((absent) =>
    (["row", "column", "block", "matrix"] as const).map((per) => ({ absent, per })),
  );

  const pairs = [
    [nn.sum, core.sum],
    [nn.mean, core.mean],
    [nn.max, core.max],
    [nn.min, core.min],
    [nn.norm, core.norm],
  ] as const;

  it.each(options)(
    "have the values of core, and no gradient from what is absent: %j",
    async (option) => {
      // Below zero, so that the largest number of a column is that of the absent block.
      const pattern = BlockPattern.of(2, 1, [{ row: 0, col: 0 }]);
      const cuts = { rows: 3, cols: 2, blockRows: [1, 2], blockCols: [2], pattern };
      using a = BlockMatrix.fromArray(backend, [-1, -2, 0, 0, 0, 0], { ...cuts, dtype: "f64" });
      for (const [own, of] of pairs) {
        using x = nn.parameter(map(a, (x) => x, { pattern }));
        using expected = of(a, option);
        using got = own(x, option);
        expect(await got.toRows(), of.name).toEqual(await expected.toRows());
        using seed = BlockMatrix.full(backend, 1, { rows: got.rows, cols: got.cols, dtype: "f64" });
        const [gradient] = nn.gradients(got, [x], { seed }) as [nn.Variable];
        expect((await gradient.toArray()).every(Number.isFinite), of.name).toBe(true);
        gradient.dispose();
      }
      using x = nn.parameter(map(a, (x) => x, { pattern }));
      using largest = nn.max(x);
      const [gradient] = nn.gradients(largest, [x]) as [nn.Variable];
      expect(await gradient.toArray()).toEqual(new Float64Array(6));
      gradient.dispose();
    },
  );
});

describe("the norm of zeros", () => {
  it("has a gradient of zero", async () => {
    using x = nn.parameter(BlockMatrix.zeros(backend, { rows: 2, cols: 2 }));
    using length = nn.norm(x);
    const [gradient] = nn.gradients(length, [x]) as [nn.Variable];
    expect(await gradient.toArray()).toEqual(new Float32Array(4));
    gradient.dispose();
  });
});

describe("losses of large numbers", () => {
  it("overflow nowhere, nor do their gradients", async () => {
    using x = nn.parameter(BlockMatrix.fromRows(backend, [[1000, -1000, 1000, -1000, 0]]));
    using target = BlockMatrix.fromRows(backend, [[1, 0, 0, 1, 1]]);
    using loss = nn.binaryCrossEntropy(x, target);
    const [gradient] = nn.gradients(loss, [x]) as [nn.Variable];
    expect(await loss.toNumber()).toBeCloseTo((2000 + Math.LN2) / 5, 4);
    const slopes = await gradient.toArray();
    [0, 0, 0.2, -0.2, -0.1].forEach((slope, i) => {
      expect(slopes[i]).toBeCloseTo(slope, 7);
    });
    gradient.dispose();
    using scores = nn.parameter(BlockMatrix.fromRows(backend, [[1000, -1000, 0]]));
    using classes = BlockMatrix.fromRows(backend, [[1]], { dtype: "i32" });
    using entropy = nn.softmaxCrossEntropy(scores, classes);
    const [slope] = nn.gradients(entropy, [scores]) as [nn.Variable];
    expect([await entropy.toNumber(), await slope.toRows()]).toEqual([2000, [[1, -1, 0]]]);
    slope.dispose();
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
