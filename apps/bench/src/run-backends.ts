import type { Backend, BackendProvider } from "@blk/core";
import { runConformance } from "./conformance.js";
import type { FashionMnist } from "./data/fashion-mnist.js";
import { Budget, type Emit, SharedTime } from "./events.js";
import { messageOf } from "./message-of.js";
import { runPerformance } from "./performance.js";
import type { ConformanceEntry, PerformanceEntry, Report, WorkloadEntry } from "./report.js";
import type { Roofs } from "./roof.js";
import type { Limits, Selection } from "./selection.js";
import { type PartitionEntry, sweepPartition } from "./workloads/partition-sweep.js";
import { type Training, type TrainingLimits, trainings } from "./workloads/trainings.js";

// What is measured of each backend, in Node and in a page alike.

export interface BackendsInputs {
  readonly opened: readonly Backend[];
  /** Those of the opened backends are among them. */
  readonly providers: readonly BackendProvider[];
  readonly selection: Selection;
  readonly limits: Limits;
  /** What this process can do at best. */
  readonly roofs: Roofs;
  /** What is trained on; needed where a training is chosen. */
  readonly data?: FashionMnist | undefined;
  readonly emit: Emit;
}

/** The parts of a report that are measured of each backend by itself. */
export type BackendResults = Pick<Report, "conformance" | "performance" | "partition" | "workload">;

/** Tests and times all that is chosen, one backend after the other. */
export async function runBackends(inputs: BackendsInputs): Promise<BackendResults> {
  const { opened, providers, selection, limits, roofs, data, emit } = inputs;
  // The limits are those of two backends; each further one takes as much time again.
  const more = Math.max(1, opened.length / 2);
  const shared = (seconds: number): SharedTime => new SharedTime(seconds * more, opened.length);
  const time = {
    conformance: shared(limits.conformance),
    performance: shared(limits.performance),
    partition: shared(limits.partition),
    workload: shared(limits.workload),
  };

  const conformance: ConformanceEntry[] = [];
  const performance: PerformanceEntry[] = [];
  const partition: PartitionEntry[] = [];
  const workload: WorkloadEntry[] = [];
  for (const backend of opened) {
    if (selection.conformance.length > 0) {
      emit({ kind: "part", part: `conformance of ${backend.name}` });
      const provider = providers.find(({ name }) => name === backend.name);
      const target = { backend, open: async () => (provider as BackendProvider).create() };
      const work = (seconds: number) =>
        runConformance(target, selection.conformance, seconds, emit);
      conformance.push(...(await time.conformance.spend(work)));
    }
    if (selection.performance.length > 0) {
      emit({ kind: "part", part: `performance of ${backend.name}` });
      const work = (seconds: number) =>
        runPerformance(backend, selection.performance, roofs, seconds, emit);
      performance.push(...(await time.performance.spend(work)));
    }
    if (selection.partition.length > 0) {
      emit({ kind: "part", part: `what cutting costs on ${backend.name}` });
      const work = (seconds: number) =>
        runSweep(backend, selection.partition, limits, seconds, emit);
      partition.push(...(await time.partition.spend(work)));
    }
    for (const id of selection.workload) {
      if (data === undefined) break;
      emit({ kind: "part", part: `training on ${backend.name}` });
      const work = (seconds: number) => runTraining(backend, id, data, limits, seconds, emit);
      workload.push(await time.workload.spend(work));
    }
  }
  return { conformance, performance, partition, workload };
}

async function runSweep(
  backend: Backend,
  rows: Selection["partition"],
  { partitionSize }: Limits,
  seconds: number,
  emit: Emit,
): Promise<readonly PartitionEntry[]> {
  const entries: PartitionEntry[] = [];
  if (!backend.capabilities.dtypes.includes("f64")) {
    emit({ kind: "note", text: `${backend.name}: no partition sweep, for it has no f64` });
    return entries;
  }
  const budget = new Budget(seconds);
  for (const [i, { id, blockSize }] of rows.entries()) {
    const part = `what cutting costs on ${backend.name}`;
    emit({ kind: "step", part, label: id, done: i, total: rows.length });
    const time = Math.max(0.1, budget.left / (rows.length - i));
    entries.push(await sweepPartition(backend, partitionSize, blockSize, time));
  }
  return entries;
}

async function runTraining(
  backend: Backend,
  id: string,
  data: FashionMnist,
  { images, networks }: Limits,
  seconds: number,
  emit: Emit,
): Promise<WorkloadEntry> {
  const training = trainings().find((each) => each.id === id) as Training;
  const about = { id, backend: backend.name, label: training.label, data: data.source };
  const limits: TrainingLimits = {
    images,
    seconds: training.when === "asked" ? networks : seconds,
    onEpoch: (epoch, total) => {
      const part = `training on ${backend.name}`;
      emit({ kind: "step", part, label: `epoch ${epoch}`, done: epoch - 1, total });
    },
  };
  try {
    const result = await training.run(backend, data, limits);
    const message = training.problem(result, limits, data);
    if (message !== undefined) return { ...about, status: "failed", message };
    return { ...about, status: "measured", training: result };
  } catch (error) {
    return { ...about, status: "failed", message: messageOf(error) };
  }
}
