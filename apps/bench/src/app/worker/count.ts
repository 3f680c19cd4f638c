import { chosenOf, ofSizes, sizesOf } from "./chosen.js";
import type { Counts, RunRequest } from "./tasks.js";

/** How many cases of each kind a choice holds, and which sizes there would be. */
export async function count(request: Omit<RunRequest, "modules">): Promise<Counts> {
  const all = chosenOf({ ...request, sizes: undefined });
  const chosen = ofSizes(all, request.sizes);
  const { conformance, performance, partition, workload, compared } = chosen;
  return {
    conformance: conformance.length,
    timed: performance.length + partition.length,
    workloads: workload.length,
    compared: compared.length,
    sizes: sizesOf(all),
  };
}
