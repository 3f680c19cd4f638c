import { cpus, totalmem } from "node:os";
import type { Backend, BackendProvider } from "@blk/core";
import { type OpenedBackends, openBackends } from "./backends.js";
import { type ConformanceCase, runConformance } from "./conformance.js";
import { type FashionMnist, loadFashionMnist } from "./data/fashion-mnist.js";
import { Budget, type Emit, SharedTime } from "./events.js";
import { type FamilyEntry, familiesOf, part as familyPart, timeFamilies } from "./families.js";
import { goalsOf } from "./goals.js";
import { messageOf } from "./message-of.js";
import type { Options } from "./options.js";
import { comparePeers } from "./peer-comparison.js";
import { runPerformance } from "./performance.js";
import type {
  ConformanceEntry,
  Machine,
  PeerReport,
  PerformanceEntry,
  Report,
  WorkloadEntry,
} from "./report.js";
import { measureRoofs } from "./roof.js";
import { type Limits, limitsOf, narrow, type Selection, select } from "./selection.js";
import { UsageError } from "./usage-error.js";
import { learnedTooLittle, trainFashionMnist, wholeTraining } from "./workloads/fashion-mnist.js";
import { type PartitionEntry, sweepPartition } from "./workloads/partition-sweep.js";
import { trainingCases } from "./workloads/training-step.js";

/** What a run works with. */
export interface RunInputs {
  readonly options: Pick<Options, "quick" | "peers" | "backends" | "cases" | "threads">;
  readonly providers: readonly BackendProvider[];
  readonly conformance: readonly ConformanceCase[];
  /** Names of backends without which the run is not what was asked for. Default: `options.backends`. */
  readonly required?: readonly string[];
  /** Of what the options choose, times only these ids and leaves out all else. */
  readonly only?: ReadonlySet<string>;
  /** Where the training's data comes from. Default: `loadFashionMnist`. */
  readonly loadData?: () => Promise<FashionMnist>;
  readonly emit?: Emit;
}

/**
 * Runs all that the options choose and returns what it found; prints and writes nothing. Throws
 * `UsageError`, before anything is measured, where that cannot be done.
 */
export async function run({
  options,
  providers,
  conformance,
  required = options.backends ?? [],
  only,
  loadData = loadFashionMnist,
  emit = () => undefined,
}: RunInputs): Promise<Report> {
  const start = performance.now();
  const date = new Date().toISOString();
  const limits = limitsOf(options);
  const chosen = select(options, conformance);
  const selection = only === undefined ? chosen : narrow(chosen, only);
  const learns = selection.workload.length > 0 || selection.training.length > 0;
  const data = learns ? await usable(loadData) : undefined;
  const notes: string[] = [];
  const tell: Emit = (event) => {
    if (event.kind === "note") notes.push(event.text);
    emit(event);
  };

  const backends = await openBackends(providers, options.backends);
  try {
    const { opened } = backends;
    checkRunning(backends, required);
    tell({ kind: "part", part: "what this machine can do" });
    const { roofs, probes } = measureRoofs(limits.roofs);
    // The limits are those of two backends; each further one takes as much time again.
    const more = Math.max(1, opened.length / 2);
    const shared = (seconds: number): SharedTime => new SharedTime(seconds * more, opened.length);
    const time = {
      conformance: shared(limits.conformance),
      performance: shared(limits.performance),
      partition: shared(limits.partition),
      workload: shared(limits.workload),
    };

    const conforming: ConformanceEntry[] = [];
    const performed: PerformanceEntry[] = [];
    const partition: PartitionEntry[] = [];
    const workload: WorkloadEntry[] = [];
    for (const backend of opened) {
      if (selection.conformance.length > 0) {
        tell({ kind: "part", part: `conformance of ${backend.name}` });
        const provider = providers.find(({ name }) => name === backend.name);
        const target = { backend, open: async () => (provider as BackendProvider).create() };
        const work = (seconds: number) =>
          runConformance(target, selection.conformance, seconds, tell);
        conforming.push(...(await time.conformance.spend(work)));
      }
      if (selection.performance.length > 0) {
        tell({ kind: "part", part: `performance of ${backend.name}` });
        const work = (seconds: number) =>
          runPerformance(backend, selection.performance, roofs, seconds, tell);
        performed.push(...(await time.performance.spend(work)));
      }
      if (selection.partition.length > 0) {
        tell({ kind: "part", part: `what cutting costs on ${backend.name}` });
        const work = (seconds: number) =>
          runSweep(backend, selection.partition, limits, seconds, tell);
        partition.push(...(await time.partition.spend(work)));
      }
      for (const id of selection.workload) {
        if (data === undefined) break;
        tell({ kind: "part", part: `training on ${backend.name}` });
        const work = (seconds: number) => runTraining(backend, id, data, limits, seconds, tell);
        workload.push(await time.workload.spend(work));
      }
    }
    let peers: PeerReport = { libraries: [], results: [], ratios: [] };
    let related: readonly FamilyEntry[] = [];
    if (options.peers) {
      if (probes !== undefined && familiesOf(selection.related).length > 0) {
        tell({ kind: "part", part: familyPart });
        related = await timeFamilies(opened, selection.related, probes, limits.families, tell);
      }
      tell({ kind: "part", part: "comparison with other libraries" });
      const { threads } = options;
      const how = { seconds: limits.peers, ...(threads !== undefined && { threads }) };
      const learning = data === undefined ? [] : await trainingCases(data, selection.training);
      peers = await comparePeers(opened, [...learning, ...selection.compared], roofs, how, tell);
    }
    addSkipNotes(notes, conforming, performed);
    const { quick, cases, threads } = options;
    const report = {
      kind: "blk-bench",
      version: 1,
      date,
      seconds: (performance.now() - start) / 1000,
      machine: describeMachine(),
      options: {
        quick,
        peers: options.peers,
        ...(cases !== undefined && { cases }),
        ...(threads !== undefined && { threads }),
      },
      backends: backends.entries,
      roofs,
      conformance: conforming,
      performance: performed,
      partition,
      workload,
      peers,
      families: related,
      notes,
    } as const;
    return { ...report, goals: options.peers ? goalsOf(report, opened[0]?.name) : [] };
  } finally {
    for (const backend of backends.opened) {
      try {
        await backend.dispose();
      } catch (error) {
        tell({ kind: "note", text: `${backend.name} could not be closed: ${messageOf(error)}` });
      }
    }
  }
}

function checkRunning({ opened, entries }: OpenedBackends, required: readonly string[]): void {
  const missing = entries.filter(({ name, ran }) => !ran && required.includes(name));
  if (missing.length === 0 && opened.length > 0) return;
  const reasons = (missing.length > 0 ? missing : entries).map(
    ({ name, reason }) => `${name} (${reason ?? "no reason given"})`,
  );
  throw new UsageError(
    `cannot run here: ${reasons.join(", ")}; run without it, for example with --backends js`,
  );
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

async function usable(loadData: () => Promise<FashionMnist>): Promise<FashionMnist> {
  try {
    return await loadData();
  } catch (error) {
    throw new UsageError(
      `the network cannot be trained: ${messageOf(error)}, or choose other cases with --cases`,
    );
  }
}

async function runTraining(
  backend: Backend,
  id: string,
  data: FashionMnist,
  { images }: Limits,
  seconds: number,
  emit: Emit,
): Promise<WorkloadEntry> {
  const label = "784-128-10 network on Fashion-MNIST, momentum, batch 128";
  const about = { id, backend: backend.name, label };
  try {
    const training = await trainFashionMnist(backend, data, {
      images,
      seconds,
      onEpoch: (epoch, total) => {
        const part = `training on ${backend.name}`;
        emit({ kind: "step", part, label: `epoch ${epoch}`, done: epoch - 1, total });
      },
    });
    const message = learnedTooLittle(training, images >= wholeTraining);
    if (message !== undefined) return { ...about, status: "failed", message, data: data.source };
    return { ...about, status: "measured", data: data.source, training };
  } catch (error) {
    return { ...about, status: "failed", message: messageOf(error), data: data.source };
  }
}

function addSkipNotes(
  notes: string[],
  conforming: readonly ConformanceEntry[],
  performed: readonly PerformanceEntry[],
): void {
  const skippedCases = conforming.filter(({ status }) => status === "skipped").length;
  if (skippedCases > 0) {
    notes.push(
      `${skippedCases} conformance cases were not run: the time of this part was used up; choose some with --cases conformance/…`,
    );
  }
  for (const { id, backend, status, message } of performed) {
    if (status === "skipped") notes.push(`${backend} ${id}: not timed, ${message}`);
  }
}

function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    runtime: `Node ${process.versions.node} (V8 ${process.versions.v8})`,
  };
}
