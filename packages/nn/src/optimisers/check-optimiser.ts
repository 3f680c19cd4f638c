/** What optimisers are told, and what is checked of it. */
import { BlkError, checkOptions, describeValue } from "@blk/core";
import { checkNumber } from "../check-arguments.js";
import type { NamedParameter } from "../module.js";
import { Variable } from "../variable.js";
import { checkRate, type Rate } from "./schedules.js";

/** Options of every optimiser. */
export interface CommonOptions {
  /** Step size, or what it is at each step. */
  readonly rate: Rate;
  /**
   * Scales the gradients down to this norm, of all of them together. A norm beyond the largest number of
   * their type counts as infinite: then they are scaled to zero.
   */
  readonly clipNorm?: number;
}

/** Throws `ARGUMENT` for parameters or options that are none. */
export function checkOptimiser(
  kind: string,
  parameters: readonly NamedParameter[],
  options: CommonOptions,
): void {
  checkParameters(kind, parameters);
  checkOptions(kind, options, "such as { rate: 0.001 }");
  const { rate, clipNorm = 1 } = options;
  if (typeof rate !== "function") checkRate(kind, "rate", rate);
  checkNumber(kind, "clipNorm", clipNorm, clipNorm > 0, "above 0");
}

function checkParameters(kind: string, parameters: readonly NamedParameter[]): void {
  const isNamed = (one: NamedParameter | undefined): boolean => one?.variable instanceof Variable;
  if (Array.isArray(parameters) && parameters.every(isNamed)) return;
  throw new BlkError(
    "ARGUMENT",
    `${kind}: expected a list of { name, variable }, got ${describeValue(parameters)}; write ${kind}(model.parameters, …)`,
  );
}

/** Throws `ARGUMENT` unless there is a gradient for each parameter, `SHAPE` unless they are alike. */
export function checkGradients(
  kind: string,
  parameters: readonly NamedParameter[],
  gradients: readonly Variable[],
): void {
  const advice = "write gradients(loss, parameters.map((p) => p.variable))";
  if (gradients?.length !== parameters.length) {
    const got = Array.isArray(gradients) ? gradients.length : describeValue(gradients);
    throw new BlkError(
      "ARGUMENT",
      `${kind}: expected a gradient for each of ${parameters.length} parameters, got ${got}; ${advice}`,
    );
  }
  for (const [i, { name, variable }] of parameters.entries()) {
    const gradient = gradients[i];
    if (!(gradient instanceof Variable)) {
      throw new BlkError(
        "ARGUMENT",
        `${kind}: expected a variable as the gradient of ${name}, got ${describeValue(gradient)}; ${advice}`,
      );
    }
    if (gradient.rows === variable.rows && gradient.cols === variable.cols) continue;
    throw new BlkError(
      "SHAPE",
      `${kind}: the gradient of ${name}, ${variable}, is ${gradient}; give gradients in the order of the parameters`,
    );
  }
}
