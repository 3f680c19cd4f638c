import type { Backend, BackendProvider } from "@blk/core";
import type { Case } from "./case.js";
import { conformanceCases } from "./conformance-cases.js";
import { runCase } from "./run-case.js";

/** What this package needs of a test runner: vitest's functions, or some that do the same. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: (context: TestContext) => Promise<void>): unknown;
  /** Before all tests of the surrounding `describe`. */
  beforeAll(body: () => Promise<void>): unknown;
  afterAll(body: () => Promise<void>): unknown;
}

/** What a runner hands to a test. */
export interface TestContext {
  skip(reason?: string): unknown;
}

/** Settings of {@link describeConformance}; none is needed. */
export interface DescribeOptions {
  /** Default: all of {@link conformanceCases}. */
  readonly cases?: readonly Case[];
}

/**
 * Describes the whole contract as tests of one backend: one call in the backend's own test file.
 *
 * ```ts
 * import { afterAll, beforeAll, describe, it } from "vitest";
 * describeConformance(myBackend(), { describe, it, beforeAll, afterAll });
 * ```
 *
 * Cases that need an element type or a feature that the backend does not have, by its
 * capabilities, are skipped with that reason.
 */
export function describeConformance(
  provider: BackendProvider,
  runner: TestRunner,
  { cases = conformanceCases() }: DescribeOptions = {},
): void {
  const open = (): Promise<Backend> => provider.create();
  runner.describe(`conformance of ${provider.name}`, () => {
    let backend: Backend | undefined;
    runner.beforeAll(async () => {
      const probed = await provider.probe();
      if (!probed.available) throw new Error(`${provider.name} cannot run here: ${probed.reason}`);
      backend = await open();
    });
    runner.afterAll(async () => {
      await backend?.dispose();
    });
    for (const [operation, list] of byOperation(cases)) {
      runner.describe(operation, () => {
        for (const oneCase of list) {
          runner.it(oneCase.name, async (context) => {
            const target = { backend: backend as Backend, open };
            const { status, message } = await runCase(oneCase, target);
            if (status === "unsupported") context.skip(message);
            if (status === "failed") throw new Error(`${oneCase.name}: ${message}`);
          });
        }
      });
    }
  });
}

function byOperation(cases: readonly Case[]): ReadonlyMap<string, readonly Case[]> {
  const groups = new Map<string, Case[]>();
  for (const oneCase of cases) {
    const group = groups.get(oneCase.operation) ?? [];
    group.push(oneCase);
    groups.set(oneCase.operation, group);
  }
  return groups;
}
