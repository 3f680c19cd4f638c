import { conformanceCases, runCase } from "@blk/conformance";
import type { ConformanceCase } from "./conformance.js";

/** The contract of `@blk/conformance`, ready to run. */
export function contractCases(): readonly ConformanceCase[] {
  return conformanceCases().map((oneCase) => ({
    name: oneCase.name,
    run: (target) => runCase(oneCase, target),
  }));
}
