import type { Data } from "./data.js";
import { FitRun } from "./fit-run.js";
import type { FitOptions, FitResult, Model } from "./options.js";

/**
 * Trains a model: for each batch forward, loss, gradients, and a step of the optimiser.
 *
 * The loss is not waited for: steps leave it on the device, and it is read some times a second, while
 * the next steps run. So progress is reported a little late, and a loss of NaN or infinity is found
 * some steps late; then training goes back to a copy of the weights from before, repeats the steps up to
 * that one, and throws `NOT_CONVERGED` with the step, the layer and the likely cause. The model has
 * the weights from before that step then. (The copies take twice the memory of weights and optimiser.)
 *
 * With a checkpoint, a run that was stopped or killed at any moment and is started again with the same
 * arguments gives the same bits as one that was not. Without Node, give a callback for progress and a
 * signal to stop; `fit` of `@blk/nn/node` shows a bar, heeds Ctrl-C and takes a path as checkpoint.
 *
 * Throws `ARGUMENT`, `SHAPE`, `DATA` for classes that have no output, and for a checkpoint that is damaged or
 * of another run, and what the model, the loss, the optimiser, the data or the callback throws.
 *
 * ```ts
 * const { epochs } = await fit(model, { inputs, targets }, {
 *   epochs: 10, batchSize: 128, optimiser: adam(model.parameters, { rate: 1e-3 }), loss: softmaxCrossEntropy,
 *   random: new Random(1), onProgress: ({ epoch, loss }) => show(epoch, loss),
 * });
 * ```
 */
export async function fit(model: Model, data: Data, options: FitOptions): Promise<FitResult> {
  const run = new FitRun(model, data, options);
  try {
    return await run.run();
  } finally {
    await run.dispose();
  }
}
