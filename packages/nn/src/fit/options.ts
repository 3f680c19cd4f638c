import { BlkError, type BlockMatrix } from "@blk/core";
import type { Module } from "../module.js";
import type { Optimiser } from "../optimisers/optimiser.js";
import type { Random } from "../random.js";
import type { Variable } from "../variable.js";
import type { CountCorrect } from "./accuracy.js";
import type { CheckpointStore } from "./checkpoint.js";
import type { Data } from "./data.js";
import type { EpochResult, FitProgress } from "./progress.js";

/** A model as `fit` needs it. */
export type Model = Pick<Module, "parameters" | "forward">;

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
  /** How right samples are counted. Default: by class, where targets are an i32 column. */
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

/** Throws `ARGUMENT` for numbers without meaning. */
export function checkFitOptions({ epochs, batchSize, checkpoint }: FitOptions): void {
  checkNumber("epochs", epochs, Number.isSafeInteger(epochs) && epochs >= 0, "0 or more");
  checkNumber(
    "batchSize",
    batchSize,
    Number.isSafeInteger(batchSize) && batchSize >= 1,
    "1 or more",
  );
  const { everySteps: steps = 1, everySeconds: seconds = 0 } = checkpoint ?? {};
  checkNumber("everySteps", steps, Number.isSafeInteger(steps) && steps >= 1, "1 or more");
  checkNumber("everySeconds", seconds, seconds >= 0, "0 or more");
}

function checkNumber(name: string, value: number, fits: boolean, expected: string): void {
  if (fits) return;
  throw new BlkError("ARGUMENT", `fit: expected ${name} to be ${expected}, got ${value}`);
}
