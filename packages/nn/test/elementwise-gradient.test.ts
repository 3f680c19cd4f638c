import { js } from "@blk/backend-js";
import { type Backend, type BlockMatrix, expr, openBackend, type Per } from "@blk/core";
import fc from "fast-check";
import { afterAll, beforeAll, it } from "vitest";
import * as nn from "../src/index.js";
import { checkGradients } from "./gradient-check.js";
import { matrixOf } from "./matrices.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

/** How an operand of a common m×n is repeated and, if it is not, cut and stored. */
const operand = fc.record({
  row: fc.boolean(),
  column: fc.boolean(),
  isCut: fc.boolean(),
  present: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
});

const problems = fc.record({
  m: fc.integer({ min: 0, max: 5 }),
  n: fc.integer({ min: 0, max: 5 }),
  x: operand,
  y: operand,
  per: fc.constantFrom<(Per | undefined)[]>(undefined, "row", "column", "block", "matrix"),
});

it("functions and sums of operands of any repetition, cuts and blocks have the gradients of their differences", async () => {
  const matrix = (
    m: number,
    n: number,
    { row, column, isCut, present }: typeof operand extends fc.Arbitrary<infer T> ? T : never,
    seed: number,
  ): BlockMatrix => {
    const cuts = isCut || present !== undefined ? { blockRows: 2, blockCols: 3 } : {};
    const isRepeated = row || column;
    const pattern = (i: number, j: number) => (((present ?? 0) >> (2 * i + j)) & 1) === 1;
    const blocks = present === undefined || isRepeated ? {} : { pattern };
    return matrixOf(backend, row ? 1 : m, column ? 1 : n, seed, {
      ...(isRepeated ? {} : cuts),
      ...blocks,
    });
  };
  await fc.assert(
    fc.asyncProperty(problems, async ({ m, n, x, y, per }) => {
      using a = matrix(m, n, x, 8);
      using b = matrix(m, n, y, 9);
      const f = (x: Parameters<typeof expr.add>[0], y: typeof x) =>
        expr.add(expr.mul(x, expr.tanh(y)), y);
      await checkGradients(
        (x, y) =>
          per === undefined ? nn.map([x, y], f) : nn.reduce([x, y], { op: "sum", per, expr: f }),
        [a, b],
      );
    }),
    { numRuns: 100, seed: 20261124 },
  );
});
