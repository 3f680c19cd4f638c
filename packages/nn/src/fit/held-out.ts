/** What a model is worth on data that it is not trained on. */
import { scope } from "@blk/core";
import { noGrad } from "../recording.js";
import type { CountCorrect } from "./accuracy.js";
import { batchOf, type Dataset, freeBatch } from "./data.js";
import type { LossWindow } from "./loss-window.js";
import type { FitOptions, Model } from "./options.js";
import { added, type Measured, meansOf, noSums } from "./progress.js";

/** Means over a dataset, computed as the model is used. `pause` is awaited now and then. */
export async function measureHeldOut(
  model: Model,
  dataset: Dataset,
  { batchSize, loss }: Pick<FitOptions, "batchSize" | "loss">,
  countCorrect: CountCorrect | undefined,
  losses: LossWindow,
  pause: { readonly everyMilliseconds: number; run(): Promise<void> },
): Promise<Measured> {
  const order = Int32Array.from({ length: dataset.size }, (_, i) => i);
  let sums = noSums;
  let until = performance.now() + pause.everyMilliseconds;
  const read = async (): Promise<void> => {
    for (const record of await losses.take()) sums = added(sums, record);
  };
  for (let start = 0; start < order.length; start += batchSize) {
    const samples = order.subarray(start, start + batchSize);
    // All inside, the batch too: what throws leaves nothing behind.
    scope(() =>
      noGrad(() => {
        const batch = batchOf(dataset, samples);
        const outputs = model.forward(batch.inputs);
        const correct = countCorrect?.(outputs.value, batch.targets);
        losses.note(samples.length, loss(outputs, batch.targets).value, correct);
        freeBatch(batch);
      }),
    );
    if (!losses.isFull && performance.now() < until) continue;
    await read();
    await pause.run();
    until = performance.now() + pause.everyMilliseconds;
  }
  await read();
  return meansOf(sums, countCorrect !== undefined);
}
