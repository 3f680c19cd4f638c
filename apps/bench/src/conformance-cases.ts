import { conformanceCases, runCase } from "@blk/conformance";
import { failureOf } from "./case-failure.js";
import type { ConformanceCase } from "./conformance.js";

/** The contract of `@blk/conformance`, ready to run. */
export function contractCases(): readonly ConformanceCase[] {
  return conformanceCases().map((oneCase) => ({
    name: oneCase.name,
    operation: oneCase.operation,
    dtype: oneCase.dtypes[0] ?? "",
    async run(target) {
      const { wrong, ...result } = await runCase(oneCase, target);
      const failed = result.status === "failed";
      const failure = failed
        ? failureOf(oneCase, { ...result, ...(wrong && { wrong }) })
        : undefined;
      return failure === undefined ? result : { ...result, failure };
    },
  }));
}
