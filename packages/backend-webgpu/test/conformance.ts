import { conformanceCases, describeConformance } from "@blk/conformance";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { provider } from "./gpu.js";

/**
 * The contract's cases whose operations are chosen. They are shared out among files, which run side
 * by side: where there is no GPU, nearly all their time goes into compiling kernels, and each
 * example of a property needs new ones.
 */
export function describeContract(isChosen: (operation: string) => boolean): void {
  vi.setConfig({ testTimeout: 60_000 });
  const cases = conformanceCases({ runs: 15 }).filter(({ operation }) => isChosen(operation));
  describeConformance(provider, { describe, it, beforeAll, afterAll }, { cases });
}
