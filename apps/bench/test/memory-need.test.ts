import { js } from "@blk/backend-js";
import { BlockMatrix, openBackend } from "@blk/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { memoryNeed } from "../src/memory-need.js";
import { type Instance, prepared } from "../src/workloads/bench-case.js";

let backend: Awaited<ReturnType<typeof openBackend>>;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

const shape = { rows: 10, cols: 10, dtype: "f64" } as const;
const size = 800;

/** An operand and a result, and so many matrices between them. */
function exampleInstance(temporaries: number): Instance {
  return {
    prepare(on) {
      const operand = BlockMatrix.zeros(on, shape);
      return prepared([operand], () => {
        const between = Array.from({ length: temporaries }, () => BlockMatrix.zeros(on, shape));
        const result = BlockMatrix.zeros(on, shape);
        for (const matrix of between) matrix.dispose();
        return result;
      });
    },
    check: () => undefined,
  };
}

test.each([0, 1, 3])("with %d temporary matrices", async (temporaries) => {
  const there = BlockMatrix.zeros(backend, shape);
  const before = backend.memoryUsage();
  const need = await memoryNeed(backend, exampleInstance(temporaries));
  expect(need).toEqual({ live: 2 * size, peak: (2 + temporaries) * size });
  expect(backend.memoryUsage()).toEqual(before);
  there.dispose();
});

test("what fails is freed", async () => {
  const failing: Instance = {
    ...exampleInstance(0),
    prepare: (on) => ({
      ...exampleInstance(0).prepare(on),
      run: () => Promise.reject(new Error("out of order")),
    }),
  };
  await expect(memoryNeed(backend, failing)).rejects.toThrow("out of order");
  expect(backend.memoryUsage().bytes).toBe(0);
});
