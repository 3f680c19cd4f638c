import { chosenOf } from "./chosen.js";
import type { Counts, RunRequest } from "./tasks.js";

/** How many cases of each kind a choice holds. */
export async function count(request: Omit<RunRequest, "modules">): Promise<Counts> {
  const { conformance, performance, partition, workload, compared } = chosenOf(request);
  return {
    conformance: conformance.length,
    timed: performance.length + partition.length,
    workloads: workload.length,
    compared: compared.length,
  };
}
