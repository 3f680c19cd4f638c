import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, expr, openBackend } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  add,
  type FitOptions,
  type FitProgress,
  fit,
  linear,
  type Module,
  map,
  mean,
  Random,
  scale,
  sequential,
  sgd,
  softmaxCrossEntropy,
  sub,
} from "../../src/index.js";
import { corners, smallModel } from "./small-model.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

const slopeless: FitOptions["loss"] = (outputs, targets) => {
  // Zero, but its slope at zero is infinite.
  const nothing = mean(map(sub(outputs, outputs), expr.sqrt));
  return add(softmaxCrossEntropy(outputs, targets), scale(nothing, 1e-3));
};

async function areNumbers({ parameters }: Module): Promise<boolean> {
  const arrays = await Promise.all(parameters.map(({ variable }) => variable.toArray()));
  return arrays.every((array) => array.every(Number.isFinite));
}

describe("weights that an update made no numbers", () => {
  test("are traced to the gradient that is none, and taken back", async () => {
    const before = backend.memoryUsage().buffers;
    const model = smallModel(backend);
    const data = corners(backend, 40);
    const optimiser = adam(model.parameters, { rate: 0.01 });
    const options = { epochs: 2, batchSize: 8, random: new Random(3), optimiser, loss: slopeless };
    const error = (await fit(model, data, options).catch((e: unknown) => e)) as Error;
    expect(error.message).toMatch(
      /loss of step 2 of epoch 1 is NaN; first not finite is the gradient that map passes back in layer "2", in step 1\. .*slope.*weights from before step 1$/,
    );
    expect(await areNumbers(model)).toBe(true);
    for (const item of [data.inputs, data.targets, optimiser]) item.dispose();
    for (const { variable } of model.parameters) variable.dispose();
    expect(backend.memoryUsage().buffers).toBe(before);
  });

  test("are traced to a rate that is too large", async () => {
    const model = smallModel(backend);
    const optimiser = sgd(model.parameters, { rate: 1e39 });
    const loss = softmaxCrossEntropy;
    const options = { epochs: 2, batchSize: 8, random: new Random(3), optimiser, loss };
    const error = (await fit(model, corners(backend, 40), options).catch(
      (e: unknown) => e,
    )) as Error;
    expect(error.message).toMatch(
      /the update of the weights, in step 1.*lower the optimiser's rate/,
    );
    expect(await areNumbers(model)).toBe(true);
  });

  test("from the start are said to be so", async () => {
    const model = smallModel(backend);
    const [, , weight] = model.parameters;
    weight?.variable.assign(BlockMatrix.full(backend, Number.NaN, { rows: 16, cols: 3 }));
    const optimiser = sgd(model.parameters, { rate: 0.1 });
    const options = { epochs: 2, batchSize: 8, random: new Random(3), optimiser };
    await expect(
      fit(model, corners(backend, 40), { ...options, loss: softmaxCrossEntropy }),
    ).rejects.toThrowError(
      /step 1 of epoch 1.*parameter 2\.weight in layer "2".*or it was so from/,
    );
  });
});

test("a layer without parameters is named as the place of a number that is none", async () => {
  const random = new Random(1);
  const first = linear({ backend, inputs: 4, outputs: 3, random });
  const model = sequential(
    first,
    (x) => map(x, (x) => expr.log(expr.sub(x, x))),
    (x) => scale(x, 2),
  );
  const optimiser = sgd(model.parameters, { rate: 0.1 });
  const options = { epochs: 1, batchSize: 8, random, optimiser, loss: softmaxCrossEntropy };
  await expect(fit(model, corners(backend, 8), options)).rejects.toThrowError(
    /first not finite is the result of map in layer "1"\. .*logarithm/,
  );
});

describe("what throws in the middle", () => {
  const fail = (): never => {
    throw new Error("stop");
  };

  test.each<[string, Partial<FitOptions>]>([
    ["the loss", { loss: fail }],
    ["the callback", { onProgress: fail }],
    [
      "the store",
      { checkpoint: { store: { read: async () => undefined, write: async () => fail() } } },
    ],
    [
      "held-out data",
      {
        validation: {
          size: 3,
          batch: () => ({
            ...corners(backend, 3),
            inputs: BlockMatrix.zeros(backend, { rows: 3, cols: 5 }),
          }),
        },
      },
    ],
  ])("%s leaves no buffer behind, and nothing is told afterwards", async (_, change) => {
    const model = smallModel(backend);
    const data = corners(backend, 40);
    const optimiser = adam(model.parameters, { rate: 0.01 });
    const told: FitProgress[] = [];
    const before = backend.memoryUsage().buffers;
    const options = {
      ...{ epochs: 2, batchSize: 8, random: new Random(3), optimiser },
      ...{ loss: softmaxCrossEntropy, onProgress: (p: FitProgress) => told.push(p), ...change },
    };
    await expect(fit(model, data, options)).rejects.toThrowError(/stop|matmul/);
    expect(backend.memoryUsage().buffers).toBe(before);
    const count = told.length;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(told).toHaveLength(count);
  });
});
