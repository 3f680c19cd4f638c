import { js } from "@blk/backend-js";
import { type Backend, openBackend } from "@blk/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTable, type Table } from "../src/data/parse-table.js";
import { Random } from "../src/random.js";
import { lambdas, regress, ridgeProblem, standardisedTable } from "../src/workloads/ridge.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

/** What follows from the inputs but for some noise. */
function example(rows: number): Table {
  const random = new Random("ridge");
  const inputs = random.values("f64", rows * 3) as Float64Array;
  const noise = random.values("f64", rows, 0.3);
  const targets = Float64Array.from(
    noise,
    (value, i) => 5 + 2 * inputs[3 * i]! - inputs[3 * i + 1]! + value,
  );
  return { names: ["x", "y", "z"], rows, inputs, targets };
}

test("each row is left out once: as by a fit of all others", async () => {
  const before = backend.memoryUsage();
  const table = example(12);
  const result = await regress(backend, table);
  const { inputs, targets } = standardisedTable(table);
  for (const [p, lambda] of lambdas.entries()) {
    let squares = 0;
    for (let left = 0; left < table.rows; left++) {
      const x = normalEquations(inputs, targets, lambda, left);
      const row = inputs.subarray(3 * left, 3 * left + 3);
      squares += (targets[left]! - x.reduce((sum, value, j) => sum + value * row[j]!, 0)) ** 2;
    }
    expect(result.path[p]!.lambda).toBe(lambda);
    expect(result.path[p]!.error).toBeCloseTo(Math.sqrt(squares / table.rows), 9);
  }
  expect(result.best.error).toBe(Math.min(...result.path.map(({ error }) => error)));
  expect(ridgeProblem(result)).toBeUndefined();
  expect(ridgeProblem({ ...result, errorOfMean: result.best.error })).toMatch(/guessing the mean/);
  expect(backend.memoryUsage()).toEqual(before);
});

test("columns are standardised, and the mean of the others is what an error is compared with", async () => {
  const table = example(12);
  const { inputs, targets } = standardisedTable(table);
  for (const j of [0, 1, 2]) {
    const column = [...inputs].filter((_, at) => at % 3 === j);
    expect(column.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 12);
    expect(column.reduce((sum, x) => sum + x * x, 0) / 12).toBeCloseTo(1, 12);
  }
  const total = targets.reduce((sum, x) => sum + x, 0);
  const squares = targets.reduce((sum, x) => sum + (x - (total - x) / 11) ** 2, 0);
  const { errorOfMean } = await regress(backend, table);
  expect(errorOfMean).toBeCloseTo(Math.sqrt(squares / 12), 12);
});

/** (AᵀA + λI)·x = Aᵀb of all rows but one, by elimination. */
function normalEquations(a: Float64Array, b: Float64Array, lambda: number, left: number): number[] {
  const m = [0, 1, 2].map((i) => [0, 1, 2, 3].map((j) => (i === j ? lambda : 0)));
  for (let r = 0; r < b.length; r++) {
    if (r === left) continue;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) m[i]![j]! += a[3 * r + i]! * a[3 * r + j]!;
      m[i]![3]! += a[3 * r + i]! * b[r]!;
    }
  }
  for (let i = 0; i < 3; i++) {
    for (let r = 0; r < 3; r++) {
      if (r === i) continue;
      const factor = m[r]![i]! / m[i]![i]!;
      for (let j = 0; j < 4; j++) m[r]![j]! -= factor * m[i]![j]!;
    }
  }
  return m.map((row, i) => row[3]! / row[i]!);
}

test("a table says which line is wrong", () => {
  expect(parseTable("x,y\n1,2\n3,4\n")).toMatchObject({ names: ["x"], rows: 2 });
  expect(() => parseTable("x,y\n1,2\n3\n")).toThrow("line 3 is not 2 numbers");
  expect(() => parseTable("x,y\n1,\n")).toThrow("line 2 is not 2 numbers");
  expect(() => parseTable("x,y\n1,two\n")).toThrow("line 2");
});
