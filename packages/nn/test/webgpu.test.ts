/** What training asks of a device: each dispatch, submission and byte that is read costs time. */
import { js } from "@blk/backend-js";
import { type CountingBackend, countsOf, type DeviceCounts } from "@blk/conformance";
import { BlockMatrix, openBackend, relu, scope, transfer } from "@blk/core";
import { afterAll, describe, expect, it } from "vitest";
import * as nn from "../src/index.js";
import { patience } from "./backends.js";
import { provider } from "./gpu.js";

const backend = (await provider.create()) as CountingBackend;
const host = await openBackend([js()]);
afterAll(async () => {
  await backend.dispose();
  await host.dispose();
});

describe("on webgpu, training", () => {
  const [inputs, hidden, classes, batch] = [50, 32, 10, 64];
  const random = new nn.Random(1);
  const layer = (inputs: number, outputs: number): nn.Module =>
    nn.linear({ backend, inputs, outputs, activation: relu, random });
  const model = nn.sequential(
    layer(inputs, hidden),
    layer(hidden, hidden),
    nn.linear({ backend, inputs: hidden, outputs: classes, random }),
  );
  const weights = model.parameters.map(({ variable }) => variable);
  const optimiser = nn.adam(model.parameters, { rate: nn.cosineRate({ rate: 0.01, steps: 20 }) });
  const x = BlockMatrix.fromArray(backend, Float32Array.from(random.normal(batch * inputs)), {
    rows: batch,
    cols: inputs,
  });
  const labels = BlockMatrix.fromArray(
    backend,
    Int32Array.from({ length: batch }, (_, i) => i % classes),
    { rows: batch, cols: 1 },
  );
  const step = (): nn.Variable =>
    scope(() => {
      const loss = nn.softmaxCrossEntropy(model.forward(x), labels);
      optimiser.step(nn.gradients(loss, weights));
      return loss;
    });

  it(
    "computes a layer in one dispatch, recorded or not",
    async () => {
      const one = { dispatches: 1, submissions: 1, bytesRead: 0 };
      const forward = layer(inputs, hidden);
      expect(await countsOf(backend, () => forward.forward(x).dispose())).toEqual(one);
      const scores = (): void => nn.noGrad(() => forward.forward(x)).dispose();
      expect(await countsOf(backend, scores)).toEqual(one);
      nn.disposeModule(forward);
    },
    patience,
  );

  it(
    "is 24 dispatches in one submission a step, and reads nothing back unless the loss is asked for",
    async () => {
      const counts: DeviceCounts[] = [];
      const usage: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        counts.push(await countsOf(backend, () => step().dispose()));
        usage.push(backend.memoryUsage());
      }
      // Forward 3 products; 5 passes for the loss and 2 for its slope; backward 5 products and 3 sums
      // for biases; a pass for each of 6 parameters. Numbers that the step brings along (the first
      // gradient, the classes, rates) are written between the passes, and end no submission.
      const expected = { dispatches: 3 + 7 + 8 + 6, submissions: 1, bytesRead: 0 };
      // The first also waits for kernels that are being compiled.
      for (const each of counts.slice(1)) expect(each).toEqual(expected);
      expect(counts[0]).toMatchObject({ dispatches: expected.dispatches, bytesRead: 0 });
      expect(usage[3]).toEqual(usage[0]);
      let value = Number.NaN;
      const asked = await countsOf(backend, async () => {
        using loss = step();
        value = await loss.toNumber();
      });
      expect(asked.bytesRead).toBe(4);
      expect(value).toBeLessThan(Math.log(classes));
    },
    patience,
  );

  it(
    "draws the same dropout as on other backends",
    async () => {
      const dropout = nn.dropout({ rate: 0.25 });
      using ones = BlockMatrix.full(backend, 3, { rows: 33, cols: 37 });
      using moved = await transfer(ones, host);
      using here = dropout.forward(ones, { random: new nn.Random(7) });
      using there = dropout.forward(moved, { random: new nn.Random(7) });
      expect(await here.toArray()).toEqual(await there.toArray());
    },
    patience,
  );

  it("leaves nothing behind", () => {
    for (const item of [x, labels, optimiser]) item.dispose();
    nn.disposeModule(model);
    expect(backend.memoryUsage().buffers).toBe(0);
  });
});
