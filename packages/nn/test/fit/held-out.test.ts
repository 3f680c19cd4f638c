import { js } from "@blk/backend-js";
import { BlockMatrix, openBackend } from "@blk/core";
import { expect, test } from "vitest";
import { fit, linear, noGrad, Random, sgd, softmaxCrossEntropy } from "../../src/index.js";

test("loss and accuracy are means over samples, whatever the batches; held out as well", async () => {
  await using backend = await openBackend([js()]);
  const random = new Random(2);
  const model = linear({ backend, inputs: 4, outputs: 3, random, dtype: "f64" });
  const numbers = random.normal(7 * 4);
  const inputs = BlockMatrix.fromArray(backend, numbers, { rows: 7, cols: 4 });
  const classes = Int32Array.of(0, 1, 2, 0, 1, 2, 0);
  const targets = BlockMatrix.fromArray(backend, classes, { rows: 7, cols: 1 });
  const scores = noGrad(() => model.forward(inputs));
  const rows = await scores.toRows();
  const right = rows.filter((row, i) => row.indexOf(Math.max(...row)) === classes[i]).length;
  const loss = await noGrad(() => softmaxCrossEntropy(scores, targets)).toNumber();
  const { epochs } = await fit(
    model,
    { inputs, targets },
    {
      ...{ epochs: 1, batchSize: 3, random, loss: softmaxCrossEntropy },
      // Nothing is learned.
      optimiser: sgd(model.parameters, { rate: 0 }),
      validation: { inputs, targets },
    },
  );
  const expected = { loss: expect.closeTo(loss, 12), accuracy: right / 7 };
  expect(epochs[0]).toMatchObject({ ...expected, validation: expected });
});
