import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, openBackend } from "@blk/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  cast,
  type FitOptions,
  fit,
  linear,
  meanSquaredError,
  Random,
  sgd,
  softmaxCrossEntropy,
} from "../../src/index.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

function run(outputs: number, classes: readonly number[], change: Partial<FitOptions> = {}) {
  const random = new Random(1);
  const model = linear({ backend, inputs: 2, outputs, random });
  const inputs = BlockMatrix.zeros(backend, { rows: classes.length, cols: 2 });
  const targets = BlockMatrix.fromArray(backend, Int32Array.from(classes), {
    rows: classes.length,
    cols: 1,
  });
  return fit(
    model,
    { inputs, targets },
    {
      ...{ epochs: 1, batchSize: 2, random, loss: softmaxCrossEntropy },
      ...{ optimiser: sgd(model.parameters, { rate: 0.1 }), ...change },
    },
  );
}

test("classes that have no output are refused before the first step; −1 is none, and no error", async () => {
  await expect(run(3, [0, 1, 3])).rejects.toThrowError(
    /^fit: the targets have classes up to 3, but the model has 3 outputs, for classes 0 to 2/,
  );
  expect((await run(3, [0, -1, 2])).epochs[0]?.accuracy).toBeDefined();
});

test("held-out classes are looked at as well", async () => {
  const inputs = BlockMatrix.zeros(backend, { rows: 1, cols: 2 });
  const targets = BlockMatrix.fromRows(backend, [[7]], { dtype: "i32" });
  await expect(run(3, [0], { validation: { inputs, targets } })).rejects.toThrowError(/up to 7/);
});

test("a single output tells no classes apart: no accuracy is told", async () => {
  const loss: FitOptions["loss"] = (outputs, targets) =>
    meanSquaredError(outputs, cast(targets, "f32"));
  expect((await run(1, [0, 1, 7], { loss })).epochs[0]).not.toHaveProperty("accuracy");
  expect((await run(2, [0, 1, 1])).epochs[0]).toHaveProperty("accuracy");
});
