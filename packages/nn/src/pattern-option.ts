import type { BlockPattern } from "@blk/core";
import type { Variable } from "./variable.js";

/** The option that gives a result the blocks of `x`, if that is block-sparse. */
export function patternOption({ value }: Variable): { readonly pattern?: BlockPattern } {
  const { pattern } = value;
  return pattern === undefined ? {} : { pattern };
}
