import fc from "fast-check";
import type { CaseContext } from "./case.js";

/** How many examples a property is tried on, and from which seed they grow. */
export interface PropertyOptions {
  readonly runs: number;
  readonly seed: number;
}

/**
 * Tries `holds` on examples and fails with the smallest one that it does not hold for. The same
 * seed gives the same examples.
 */
export async function forAll<T>(
  examples: fc.Arbitrary<T>,
  { runs, seed }: PropertyOptions,
  context: CaseContext,
  holds: (example: T, context: CaseContext) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(examples, (example) => holds(example, context));
  const outcome = await fc.check(property, { numRuns: runs, seed });
  if (!outcome.failed) return;
  const { counterexample, errorInstance, numShrinks } = outcome;
  const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  throw new Error(
    `${message}; the smallest counterexample (after ${numShrinks} steps, seed ${seed}) is ${fc.stringify(counterexample?.[0])}`,
  );
}
