import type { Emit } from "../../events.js";
import type { WorkloadEntry } from "../../report.js";
import { runWorkload } from "../../run-backends.js";
import { limitsOf } from "../../selection.js";
import { UsageError } from "../../usage-error.js";
import { workloads } from "../../workloads/workloads.js";
import { loadPageData } from "./page-data.js";
import type { Tasks, TrainRequest } from "./tasks.js";
import { withBackend } from "./with-backend.js";

const networks = workloads().filter(({ trains }) => trains);

/** The networks that there are. */
export async function trainings(): Promise<Tasks["trainings"]["answer"]> {
  return networks.map(({ id, label }) => ({ id, label }));
}

/**
 * Trains a network, until the signal comes at the latest; its loss goes out as it falls. Throws
 * `UsageError`.
 */
export async function train(
  request: TrainRequest,
  emit: Emit,
  signal: AbortSignal,
): Promise<WorkloadEntry> {
  const { id, seconds } = request;
  const network = networks.find((each) => each.id === id);
  if (network === undefined) throw new UsageError(`there is no network ${id}; choose another`);
  const data = await loadPageData();
  const limits = { ...limitsOf({ quick: false }), networks: seconds };
  return withBackend(request, emit, (backend) =>
    runWorkload(backend, network, data, limits, seconds, emit, signal),
  );
}
