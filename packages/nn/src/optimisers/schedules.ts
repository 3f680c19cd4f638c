import { BlkError } from "@blk/core";

/** The rate of step 0, 1, 2, … */
export type Schedule = (step: number) => number;

/** What optimisers take as a rate. */
export type Rate = number | Schedule;

/** The same rate always. */
export function constantRate(rate: number): Schedule {
  return () => rate;
}

/** `rate`, multiplied by `factor` after every `every` steps. */
export function stepRate(options: {
  readonly rate: number;
  readonly factor: number;
  readonly every: number;
}): Schedule {
  const { rate, factor, every } = options;
  return (step) => rate * factor ** Math.floor(step / every);
}

/**
 * Rises linearly to `rate` over `warmUp` steps, then falls to `least` along half a cosine until
 * step `steps` (Loshchilov & Hutter 2017), and stays there. Throws `ARGUMENT` unless
 * 0 ≤ warmUp < steps.
 */
export function cosineRate(options: {
  readonly rate: number;
  readonly steps: number;
  readonly warmUp?: number;
  readonly least?: number;
}): Schedule {
  const { rate, steps, warmUp = 0, least = 0 } = options;
  if (!(warmUp >= 0 && warmUp < steps)) {
    throw new BlkError(
      "ARGUMENT",
      `cosineRate: expected 0 ≤ warmUp < steps, got warmUp ${warmUp} and steps ${steps}`,
    );
  }
  return (step) => {
    if (step < warmUp) return (rate * (step + 1)) / warmUp;
    const share = Math.min(1, (step - warmUp) / (steps - warmUp));
    return least + ((rate - least) * (1 + Math.cos(Math.PI * share))) / 2;
  };
}

/** The rate of a step. */
export function rateAt(rate: Rate, step: number): number {
  return typeof rate === "number" ? rate : rate(step);
}
