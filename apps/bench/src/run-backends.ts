import type { Backend, BackendProvider } from "@blk/core";
import { runConformance } from "./conformance.js";
import { DeviceLoss } from "./device-loss.js";
import { Budget, type Emit, SharedTime } from "./events.js";
import { messageOf } from "./message-of.js";
import { awaitOwnTrials } from "./own-trials.js";
import { runPerformance } from "./performance.js";
import type { ConformanceEntry, PerformanceEntry, Report, WorkloadEntry } from "./report.js";
import type { Roofs } from "./roof.js";
import type { Limits, Selection } from "./selection.js";
import { type PartitionEntry, sweepPartition } from "./workloads/partition-sweep.js";
import {
  type Workload,
  type WorkloadData,
  type WorkloadLimits,
  workloads,
} from "./workloads/workloads.js";

// What is measured of each backend, in Node and in a page alike.

export interface BackendsInputs {
  readonly opened: readonly Backend[];
  /** Those of the opened backends are among them. */
  readonly providers: readonly BackendProvider[];
  readonly selection: Selection;
  readonly limits: Limits;
  /** What this process can do at best. */
  readonly roofs: Roofs;
  /** What workloads work on; needed where one is chosen. */
  readonly data?: WorkloadData | undefined;
  readonly emit: Emit;
}

/** Results, and what was found out of the backends themselves. */
export interface MeasuredBackends extends BackendResults {
  /** Why devices were lost, by the name of the backend. */
  readonly lost: ReadonlyMap<string, string>;
}

/** The parts of a report that are measured of each backend by itself. */
export type BackendResults = Pick<Report, "conformance" | "performance" | "partition" | "workload">;

/** Tests and times all that is chosen, one backend after the other. */
export async function runBackends(inputs: BackendsInputs): Promise<MeasuredBackends> {
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

  const workloadsChosen = workloads().filter(({ id }) => selection.workload.includes(id));
  const conformance: ConformanceEntry[] = [];
  const performance: PerformanceEntry[] = [];
  const partition: PartitionEntry[] = [];
  const workload: WorkloadEntry[] = [];
  const lost = new Map<string, string>();
  const { conformance: _, ...timed } = selection;
  const isTimed = Object.values(timed).some((chosen) => chosen.length > 0);
  for (const backend of opened) {
    const loss = new DeviceLoss(backend, emit);
    if (isTimed) await settleKernels(backend, limits, emit);
    if (selection.conformance.length > 0) {
      emit({ kind: "part", part: `conformance of ${backend.name}` });
      const provider = providers.find(({ name }) => name === backend.name);
      const target = { backend, open: async () => (provider as BackendProvider).create() };
      const work = (seconds: number) =>
        runConformance(target, selection.conformance, seconds, emit, loss.isLost);
      conformance.push(...(await time.conformance.spend(work)));
    }
    if (selection.performance.length > 0 && !loss.isLost()) {
      emit({ kind: "part", part: `performance of ${backend.name}` });
      const work = (seconds: number) =>
        runPerformance(backend, selection.performance, roofs, seconds, emit, loss.isLost);
      performance.push(...(await time.performance.spend(work)));
    }
    if (selection.partition.length > 0 && !loss.isLost()) {
      emit({ kind: "part", part: `what cutting costs on ${backend.name}` });
      const work = (seconds: number) =>
        runSweep(backend, selection.partition, limits, seconds, emit);
      partition.push(...(await time.partition.spend(work)));
    }
    if (data !== undefined && workloadsChosen.length > 0 && !loss.isLost()) {
      emit({ kind: "part", part: workloadPart(backend) });
      const work = (seconds: number) =>
        runWorkloads(backend, workloadsChosen, data, limits, seconds, emit);
      workload.push(...(await time.workload.spend(work)));
    }
    loss.end();
    if (loss.reason !== undefined) lost.set(backend.name, loss.reason);
  }
  return { conformance, performance, partition, workload, lost };
}

/** A backend that fails at it is measured all the same, and what fails then is told case by case. */
async function settleKernels(backend: Backend, { trials }: Limits, emit: Emit): Promise<void> {
  const { name, capabilities } = backend;
  if (capabilities.trials === undefined) return;
  emit({ kind: "part", part: `which kernels are the fastest here: ${name}` });
  try {
    await awaitOwnTrials(backend, trials);
  } catch (error) {
    const text = `${name} is timed with kernels that may not be its fastest: ${messageOf(error)}`;
    emit({ kind: "note", text });
  }
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
    const entry = await sweepPartition(backend, partitionSize, blockSize, time);
    entries.push(entry);
    emit({ kind: "found", results: { partition: [entry] } });
  }
  return entries;
}

async function runWorkloads(
  backend: Backend,
  chosen: readonly Workload[],
  data: WorkloadData,
  limits: Limits,
  seconds: number,
  emit: Emit,
): Promise<readonly WorkloadEntry[]> {
  const entries: WorkloadEntry[] = [];
  for (const each of chosen) {
    const entry = await runWorkload(backend, each, data, limits, seconds, emit);
    entries.push(entry);
    emit({ kind: "found", results: { workload: [entry] } });
  }
  return entries;
}

/** Runs one workload; where it fails, its entry says why. */
export async function runWorkload(
  backend: Backend,
  workload: Workload,
  data: WorkloadData,
  { images, networks }: Limits,
  seconds: number,
  emit: Emit,
  signal?: AbortSignal,
): Promise<WorkloadEntry> {
  const { id, label, when } = workload;
  const about = { id, backend: backend.name, label };
  const tellMemory = (): void => {
    const { bytes } = backend.memoryUsage();
    emit({ kind: "memory", backend: backend.name, live: bytes, peak: bytes });
  };
  const limits: WorkloadLimits = {
    images,
    seconds: when === "asked" ? networks : seconds,
    signal,
    onEpoch: (epoch, total) => {
      const part = workloadPart(backend);
      emit({ kind: "step", part, label: `${id}, epoch ${epoch}`, done: epoch - 1, total });
    },
    onLoss: (point) => {
      emit({ kind: "loss", backend: backend.name, id, point });
      tellMemory();
    },
  };
  try {
    const outcome = await workload.run(backend, data, limits);
    if (outcome === undefined) {
      return { ...about, status: "skipped", message: "its data is not here" };
    }
    const { problem, ...results } = outcome;
    if (problem !== undefined) {
      return { ...about, status: "failed", message: problem, data: outcome.data };
    }
    return { ...about, status: "measured", ...results };
  } catch (error) {
    return { ...about, status: "failed", message: messageOf(error) };
  }
}

function workloadPart({ name }: Backend): string {
  return `workloads on ${name}`;
}
