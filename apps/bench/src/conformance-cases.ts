import { conformanceCases, runCase } from "@blk/conformance";
import type { ConformanceCase } from "./conformance.js";

/** The contract of `@blk/conformance`, ready to run. */
export function contractCases(): readonly ConformanceCase[] {
  return conformanceCases().map((oneCase) => ({
    name: oneCase.name,
    operation: oneCase.operation,
    dtype: oneCase.dtypes[0] ?? "",
    run: (target) => runCase(oneCase, target),
  }));
}
