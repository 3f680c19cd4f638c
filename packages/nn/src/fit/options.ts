import { BlkError, type BlockMatrix, checkOptions, describeValue } from "@blk/core";
import { checkFunction, checkNumber, checkRandom, checkWhole } from "../check-arguments.js";
import { checkModule, type Module } from "../module.js";
import type { Optimiser } from "../optimisers/optimiser.js";
import type { Random } from "../random.js";
import { Variable } from "../variable.js";
import type { CountCorrect } from "./accuracy.js";
import type { CheckpointStore } from "./checkpoint.js";
import type { Data } from "./data.js";
import type { EpochResult, FitProgress } from "./progress.js";

/** A model as `fit` needs it. */
export type Model = Pick<Module, "parameters" | "forward" | "children">;

/** The mean over a batch of what is to become small, 1×1. */
export type Loss = (outputs: Variable, targets: BlockMatrix) => Variable;

/** When and where training is saved, and gone on with. */
export interface CheckpointOptions {
  readonly store: CheckpointStore;
  /** Seconds after which to save again. Default 30. */
  readonly everySeconds?: number;
  /** Steps after which to save again; instead of by the clock. */
  readonly everySteps?: number;
}

/** Options of {@link fit}. */
export interface FitOptions {
  /** Passes over the data. */
  readonly epochs: number;
  /** Samples of a step; the last of an epoch may have fewer. */
  readonly batchSize: number;
  readonly optimiser: Optimiser;
  readonly loss: Loss;
  /** Where the order of samples, and dropout, draw from; it is copied, and does not advance. */
  readonly random: Random;
  /** Whether each epoch has an order of its own. Default true. */
  readonly shuffle?: boolean;
  /** Data that is held out, and measured after each epoch. */
  readonly validation?: Data;
  /** How right samples are counted. Default: by class, where targets are an i32 column and outputs several. */
  readonly countCorrect?: CountCorrect;
  /** Saves the run from time to time and at its end; if there is a checkpoint, goes on from it. */
  readonly checkpoint?: CheckpointOptions;
  /** Stops after the step in progress; with a checkpoint, saves. */
  readonly signal?: AbortSignal;
  /** Told several times a second, and after each epoch. */
  readonly onProgress?: (progress: FitProgress) => void;
}

/** What came of training. */
export interface FitResult {
  readonly epochs: readonly EpochResult[];
  /** Whether the signal stopped it before its end. */
  readonly stopped: boolean;
  /** Steps done in all, also by runs before that this one went on from. */
  readonly steps: number;
}

/** Throws `ARGUMENT` for a model without parameters, options that are left out, numbers without meaning. */
export function checkFitOptions(model: Model, options: FitOptions): void {
  checkModule("fit", model);
  checkFunction("fit", "forward of the model", model.forward, "that of sequential(…)");
  if (model.parameters.length === 0) {
    throw new BlkError(
      "ARGUMENT",
      "fit: the model has no parameters, so there is nothing to train",
    );
  }
  checkOptions("fit", options, "{ epochs, batchSize, optimiser, loss, random }");
  const { epochs, batchSize, optimiser, loss, random, checkpoint } = options;
  checkWhole("fit", "epochs", epochs);
  checkWhole("fit", "batchSize", batchSize, 1);
  checkFunction("fit", "loss", loss, "softmaxCrossEntropy");
  checkRandom("fit", random);
  if (typeof optimiser?.step !== "function") {
    throw new BlkError(
      "ARGUMENT",
      `fit: expected an optimiser, got ${describeValue(optimiser)}; write optimiser: adam(model.parameters, { rate: 0.001 })`,
    );
  }
  if (checkpoint === undefined) return;
  const { store, everySteps = 1, everySeconds = 0 } = checkpoint;
  const example = "that of checkpointFile(path) of @blk/nn/node";
  checkFunction("fit", "read of the checkpoint's store", store?.read, example);
  checkFunction("fit", "write of the checkpoint's store", store?.write, example);
  checkWhole("fit", "everySteps", everySteps, 1);
  checkNumber("fit", "everySeconds", everySeconds, everySeconds >= 0, "0 or more");
}

/** Throws `ARGUMENT` for what a loss function must not give, `SHAPE` for a loss that is no number. */
export function checkLoss(loss: Variable): void {
  if (!(loss instanceof Variable)) {
    throw new BlkError(
      "ARGUMENT",
      `fit: expected the loss to give a variable, got ${describeValue(loss)}; return softmaxCrossEntropy(outputs, targets) or the like, not in a promise`,
    );
  }
  if (loss.rows === 1 && loss.cols === 1) return;
  throw new BlkError("SHAPE", `fit: expected a loss of 1×1, got ${loss}; take its mean()`);
}
