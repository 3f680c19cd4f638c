import { contractCases } from "../conformance-cases.js";
import { choose, narrow, type Selection } from "../selection.js";
import type { PageRequest } from "./page-request.js";

/** Products that are compared with other libraries on WebGPU. */
export const comparedInPage: readonly string[] = [256, 512, 1024].map((n) => `matmul/f32/${n}`);

/** What a page measures of all that the options choose. */
export function pageSelection({ options, only }: Pick<PageRequest, "options" | "only">): Selection {
  const chosen = choose(options, contractCases());
  if (only !== undefined) return narrow(chosen, new Set(only));
  const compared = chosen.compared.filter(({ id }) => comparedInPage.includes(id));
  return { ...chosen, compared, training: [], related: [] };
}
