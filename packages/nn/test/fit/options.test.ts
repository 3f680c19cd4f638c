import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, openBackend } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  type Data,
  type FitOptions,
  fit,
  Random,
  softmaxCrossEntropy,
} from "../../src/index.js";
import { corners, smallModel } from "./small-model.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

/** A run with options and data in which some are wrong. */
function run(change: object = {}, data: unknown = corners(backend, 20)): Promise<unknown> {
  const model = smallModel(backend);
  const options: FitOptions = {
    ...{ epochs: 1, batchSize: 8, random: new Random(3), loss: softmaxCrossEntropy },
    optimiser: adam(model.parameters, { rate: 0.01 }),
  };
  return fit(model, data as Data, { ...options, ...change });
}

const nothing = undefined as never;
const none = (cols: number, dtype: "f32" | "i32") =>
  BlockMatrix.zeros(backend, { rows: 0, cols, dtype });

describe("fit says what it expected and what came", () => {
  test.each<[RegExp, () => Promise<unknown>]>([
    [/expected a module/, () => fit(nothing, nothing, nothing)],
    [/no parameters/, () => fit({ ...smallModel(backend), parameters: [] }, nothing, nothing)],
    [/expected forward of the model/, () => fit({ parameters: [] } as never, nothing, nothing)],
    [/expected options \{ epochs/, () => fit(smallModel(backend), nothing, nothing)],
    [/epochs .* got undefined/, () => run({ epochs: undefined })],
    [/batchSize .* got 0.5/, () => run({ batchSize: 0.5 })],
    [/an optimiser, got undefined/, () => run({ optimiser: undefined })],
    [/loss to be a function/, () => run({ loss: undefined })],
    [/random to be a Random, got 3/, () => run({ random: 3 })],
    [/read of the checkpoint's store/, () => run({ checkpoint: {} })],
    [/the loss to give a variable, got Promise/, () => run({ loss: async () => undefined })],
    [/a loss of 1×1, got 8×3/, () => run({ loss: (outputs: unknown) => outputs })],
    [/expected data to be \{ inputs, targets \}.*got null/, () => run({}, null)],
    [/inputs of data to be a BlockMatrix/, () => run({}, { targets: none(1, "i32") })],
    [/targets of validation/, () => run({ validation: { inputs: none(4, "f32") } })],
    [
      /samples of data .* got 0/,
      () => run({}, { inputs: none(4, "f32"), targets: none(1, "i32") }),
    ],
    [
      /samples of validation .* got -1/,
      () => run({ validation: { size: -1, batch: () => nothing } }),
    ],
    [/rowsPerSample .* got 0/, () => run({}, { ...corners(backend, 4), rowsPerSample: 0 })],
    [/do not fit together/, () => run({}, { ...corners(backend, 4), rowsPerSample: 3 })],
    [/batch\(\) .* got undefined/, () => run({}, { size: 2, batch: () => undefined })],
    [/batch\(\) .* got Promise/, () => run({}, { size: 2, batch: async () => undefined })],
  ])("%s", async (message, call) => {
    const error: unknown = await call().catch((error: unknown) => error);
    expect((error as { code?: string }).code, String(error)).toMatch(/^(ARGUMENT|SHAPE)$/);
    expect((error as Error).message).toMatch(message);
  });
});
