import { withBackends } from "../../backends.js";
import type { Emit } from "../../events.js";
import type { WorkloadEntry } from "../../report.js";
import { runWorkload } from "../../run-backends.js";
import { limitsOf } from "../../selection.js";
import { UsageError } from "../../usage-error.js";
import { workloads } from "../../workloads/workloads.js";
import { allProviders } from "./module-providers.js";
import { loadPageData } from "./page-data.js";
import type { Tasks, TrainRequest } from "./tasks.js";

const networks = workloads().filter(({ trains }) => trains);

/** The networks that there are. */
export async function trainings(): Promise<Tasks["trainings"]["answer"]> {
  return networks.map(({ id, label }) => ({ id, label }));
}

/** Trains a network; its loss goes out as it falls. Throws `UsageError`. */
export async function train(request: TrainRequest, emit: Emit): Promise<WorkloadEntry> {
  const { backend: name, id, seconds, threads, modules } = request;
  const network = networks.find((each) => each.id === id);
  if (network === undefined) throw new UsageError(`there is no network ${id}; choose another`);
  const [providers, data] = await Promise.all([
    allProviders({ known: true, threads, modules }),
    loadPageData(),
  ]);
  const limits = { ...limitsOf({ quick: false }), networks: seconds };
  return withBackends(
    providers,
    (each) => each === name,
    emit,
    async ({ opened: [backend], entries }) => {
      if (backend !== undefined) {
        return runWorkload(backend, network, data, limits, seconds, emit);
      }
      const reason = entries.find((entry) => entry.name === name)?.reason ?? "it is not there";
      throw new UsageError(`${name} cannot run here: ${reason}; choose another backend`);
    },
  );
}
