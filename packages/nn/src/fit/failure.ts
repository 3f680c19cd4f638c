/** Why a loss is no number: the steps up to it are done again, and everything behind it is looked at. */
import { BlkError, type BlockMatrix, type Holder, heldSymbol, scope } from "@blk/core";
import { Random } from "../random.js";
import type { Variable } from "../variable.js";
import type { Batch } from "./data.js";
import { areFinite, type Diagnosis, diagnose, diagnoseUpdate } from "./diagnose.js";
import type { Model } from "./options.js";
import { restoreSnapshot, type Snapshot, type TrainingState } from "./training-state.js";

/** A run, as far as steps of it can be done again. */
export interface Replay {
  readonly model: Model;
  readonly state: TrainingState;
  step(step: number): void;
  batch(step: number): Batch;
  /** Forward and loss, recorded. */
  loss(batch: Batch): Variable;
}

/** The step whose loss is not finite, and a state from which it can be reached. */
export interface BadStep {
  readonly loss: number;
  /** From 1. */
  readonly epoch: number;
  /** From 0, in the epoch. */
  readonly step: number;
  readonly samples: Int32Array;
  readonly snapshot: Snapshot;
  /** The step that follows on the snapshot. */
  readonly first: number;
}

/**
 * What to throw. The state is left as it was before the step, or before that whose update made a weight
 * a value that is not finite.
 */
export async function explainFailure(replay: Replay, bad: BadStep): Promise<BlkError> {
  const { loss, epoch, step, samples } = bad;
  goTo(replay, bad, step);
  let before = step;
  let found = await lookAt(replay, step, (loss, batch) => diagnose(loss, batch, replay.model));
  if (found.isWeight && step > bad.first) {
    goTo(replay, bad, step - 1);
    if (await areFinite(replay.state.parameters)) {
      before = step - 1;
      found = await lookAt(replay, before, (loss) => diagnoseUpdate(loss, replay.model));
    } else goTo(replay, bad, step);
  }
  const { layer, where, cause } = found;
  const place = layer === undefined ? "" : ` in layer ${JSON.stringify(layer)}`;
  const time = before === step ? "" : `, in step ${before + 1}`;
  const weights = before === step ? "this step" : `step ${before + 1}`;
  return new BlkError(
    "NOT_CONVERGED",
    `fit: the loss of step ${step + 1} of epoch ${epoch} is ${loss}; first not finite is ${where}${place}${time}. Likely cause: ${cause}. The model has the weights from before ${weights}`,
    { details: { epoch, step: step + 1, layer, where, cause, samples: [...samples] } },
  );
}

/** The state before a step. */
function goTo(replay: Replay, { snapshot, first }: BadStep, step: number): void {
  restoreSnapshot(replay.state, snapshot);
  for (let i = first; i < step; i++) replay.step(i);
}

/** Computes the loss of a step once more, without an update, hands it out, and leaves the state as it was. */
async function lookAt(
  replay: Replay,
  step: number,
  look: (loss: Variable, batch: Batch) => Promise<Diagnosis>,
): Promise<Diagnosis> {
  const { state } = replay;
  const random = state.random.state();
  const batch = replay.batch(step);
  // All behind the loss, constants too: nothing of it frees itself where no backward pass runs.
  const held = new Set<BlockMatrix>([batch.inputs, batch.targets]);
  try {
    const loss = scope(() => replay.loss(batch));
    for (const matrix of (loss as unknown as Holder)[heldSymbol]()) held.add(matrix as BlockMatrix);
    for (const { variable } of state.parameters) held.delete(variable.value);
    const found = await look(loss, batch);
    loss.dispose();
    return found;
  } finally {
    for (const matrix of held) matrix.dispose();
    state.random = new Random(random);
  }
}
