import { BlkError, checkOptions } from "@blk/core";
import { checkNumber, checkWhole } from "../check-arguments.js";

/** The rate of step 0, 1, 2, … */
export type Schedule = (step: number) => number;

/** What optimisers take as a rate. */
export type Rate = number | Schedule;

/** The same rate always. Throws `ARGUMENT` unless it is a number of 0 or more. */
export function constantRate(rate: number): Schedule {
  checkRate("constantRate", "rate", rate);
  return () => rate;
}

/**
 * `rate`, multiplied by `factor` after every `every` steps. Throws `ARGUMENT` for numbers below 0, and
 * an `every` that is no whole number of 1 or more.
 *
 * ```ts
 * const halving = stepRate({ rate: 0.1, factor: 0.5, every: 1000 });
 * halving(999);    // 0.1
 * halving(1000);   // 0.05
 * ```
 */
export function stepRate(options: {
  readonly rate: number;
  readonly factor: number;
  readonly every: number;
}): Schedule {
  checkOptions("stepRate", options, "such as { rate: 0.1, factor: 0.5, every: 1000 }");
  const { rate, factor, every } = options;
  checkRate("stepRate", "rate", rate);
  checkRate("stepRate", "factor", factor);
  checkWhole("stepRate", "every", every, 1);
  return (step) => rate * factor ** Math.floor(step / every);
}

/**
 * Rises linearly to `rate` over `warmUp` steps, then falls to `least` along half a cosine until
 * step `steps` (Loshchilov & Hutter 2017), and stays there. Throws `ARGUMENT` unless
 * 0 ≤ warmUp < steps, and for rates below 0.
 *
 * ```ts
 * const optimiser = adam(model.parameters, { rate: cosineRate({ rate: 1e-3, steps: 5000, warmUp: 100 }) });
 * ```
 */
export function cosineRate(options: {
  readonly rate: number;
  readonly steps: number;
  readonly warmUp?: number;
  readonly least?: number;
}): Schedule {
  checkOptions("cosineRate", options, "such as { rate: 1e-3, steps: 5000 }");
  const { rate, steps, warmUp = 0, least = 0 } = options;
  checkRate("cosineRate", "rate", rate);
  checkRate("cosineRate", "least", least);
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

/** The rate of a step. Throws `ARGUMENT` where a schedule gives none. */
export function rateAt(operation: string, rate: Rate, step: number): number {
  if (typeof rate === "number") return rate;
  const now = rate(step);
  checkRate(operation, `the rate of step ${step}`, now);
  return now;
}

/** Throws `ARGUMENT` unless this is a rate: a finite number of 0 or more, or a schedule where one may be. */
export function checkRate(operation: string, name: string, rate: unknown): void {
  const fits = Number.isFinite(rate) && (rate as number) >= 0;
  checkNumber(operation, name, rate, fits, "a finite number of 0 or more");
}
