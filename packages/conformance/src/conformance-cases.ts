import type { Case } from "./case.js";
import { blockOperationCases } from "./cases/block-operations.js";
import { denialCases } from "./cases/denials.js";
import { errorCases } from "./cases/errors.js";
import { kernelPropertyCases } from "./cases/kernel-properties.js";
import { lawCases } from "./cases/laws.js";
import { lifecycleCases } from "./cases/lifecycle.js";
import { mapCases } from "./cases/map.js";
import { mapManyCases } from "./cases/map-many.js";
import { memoryCases } from "./cases/memory.js";
import { multiplyCases } from "./cases/multiply.js";
import { largeMultiplyCases } from "./cases/multiply-large.js";
import { packCases } from "./cases/pack.js";
import { reduceCases } from "./cases/reduce.js";
import { gatherCases, scatterAddCases } from "./cases/rows-by-index.js";
import { softmaxCases } from "./cases/softmax.js";

/** Settings of {@link conformanceCases}; none is needed. */
export interface ConformanceOptions {
  /** Examples on which each property is tried. Default: 40. */
  readonly runs?: number;
  /** From which the examples of properties grow; another seed tries others. Default: 1. */
  readonly seed?: number;
}

/**
 * The whole contract as cases: memory first, then the members of a backend, then core's operations,
 * laws, errors and life cycle on it, last what the backend denies. Building them computes nothing.
 */
export function conformanceCases({
  runs = 40,
  seed = 1,
}: ConformanceOptions = {}): readonly Case[] {
  const options = { runs, seed };
  const cases = [
    ...memoryCases(),
    ...multiplyCases(),
    ...largeMultiplyCases(),
    ...packCases(),
    ...mapCases(),
    ...reduceCases(),
    ...gatherCases(),
    ...scatterAddCases(),
    ...softmaxCases(),
    ...mapManyCases(options),
    ...kernelPropertyCases(options),
    ...blockOperationCases(options),
    ...lawCases(options),
    ...errorCases(),
    ...lifecycleCases(),
  ];
  return [...cases, ...denialCases(cases)];
}
