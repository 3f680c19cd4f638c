import type { ConformanceCase } from "./conformance.js";

/** The contract of `@blk/conformance`, ready to run. */
export function contractCases(): readonly ConformanceCase[] {
  return [];
}
