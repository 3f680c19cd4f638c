import type { StepRecord } from "./loss-window.js";

/** Means over samples. */
export interface Measured {
  readonly loss: number;
  /** Share of samples that were right; where targets are classes, or `countCorrect` was given. */
  readonly accuracy?: number;
}

/** What came of one pass over the data. */
export interface EpochResult extends Measured {
  /** From 1. */
  readonly epoch: number;
  readonly seconds: number;
  /** Of the data that was held out, after the epoch. */
  readonly validation?: Measured;
}

/** Where training is. Figures are of the epoch so far. */
export interface FitProgress extends Partial<Measured> {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch, as far as their losses are known. */
  readonly step: number;
  readonly steps: number;
  /** Of all epochs, at the pace so far; `undefined` before the first steps. */
  readonly secondsLeft: number | undefined;
  /** Set once the epoch has ended. */
  readonly result?: EpochResult;
}

/** Sums over the samples of an epoch, from which means are taken. */
export interface Sums {
  readonly loss: number;
  readonly correct: number;
  readonly samples: number;
}

export const noSums: Sums = { loss: 0, correct: 0, samples: 0 };

export function meansOf({ loss, correct, samples }: Sums, counts: boolean): Measured {
  return { loss: loss / samples, ...(counts && { accuracy: correct / samples }) };
}

/** Sums with those of one more step. */
export function added(sums: Sums, step: StepRecord): Sums {
  return {
    loss: sums.loss + step.loss * step.samples,
    correct: sums.correct + step.correct,
    samples: sums.samples + step.samples,
  };
}
