import { cpus, totalmem } from "node:os";
import type { Backend, BackendProvider } from "@blk/core";
import { type OpenedBackends, openBackends } from "./backends.js";
import { type ConformanceCase, runConformance } from "./conformance.js";
import { loadFashionMnist } from "./data/fashion-mnist.js";
import { Budget, type Emit } from "./events.js";
import { matchesPattern, type Options } from "./options.js";
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
import { UsageError } from "./usage-error.js";
import type { BenchCase } from "./workloads/bench-case.js";
import { trainFashionMnist } from "./workloads/fashion-mnist.js";
import { benchCases } from "./workloads/index.js";
import {
  type PartitionEntry,
  partitionId,
  sweepPartition,
  sweptBlockSizes,
} from "./workloads/partition-sweep.js";

/** What a run works with. */
export interface RunInputs {
  readonly options: Pick<Options, "quick" | "peers" | "backends" | "cases" | "threads">;
  readonly providers: readonly BackendProvider[];
  readonly conformance: readonly ConformanceCase[];
  readonly emit?: Emit;
}

/** Seconds for each part, shared by all backends. A whole run stays within two minutes. */
interface Limits {
  readonly roofs: number;
  readonly conformance: number;
  readonly performance: number;
  readonly partition: number;
  readonly workload: number;
  readonly peers: number;
  readonly partitionSize: number;
  /** Images that a training sees. */
  readonly images: number;
}

const fullLimits: Limits = {
  roofs: 1,
  conformance: 25,
  performance: 45,
  partition: 10,
  workload: 20,
  peers: 60,
  partitionSize: 512,
  images: 80_000,
};

const quickLimits: Limits = {
  roofs: 0.5,
  conformance: 10,
  performance: 10,
  partition: 3,
  workload: 8,
  peers: 20,
  partitionSize: 256,
  images: 16_000,
};

const workloadId = "workload/fashion-mnist";

/** The cases that the options choose, part by part. */
export interface Selection {
  readonly conformance: readonly ConformanceCase[];
  readonly performance: readonly BenchCase[];
  /** Ids and block sizes. */
  readonly partition: readonly { readonly id: string; readonly blockSize: number }[];
  readonly workload: readonly string[];
}

/** Throws `UsageError` if a pattern chooses nothing. */
export function select(
  options: Pick<Options, "quick" | "cases">,
  conformance: readonly ConformanceCase[],
): Selection {
  const { cases, quick } = options;
  const limits = quick ? quickLimits : fullLimits;
  const chosen: Selection = {
    conformance: conformance.filter(({ name }) => matchesPattern(`conformance/${name}`, cases)),
    performance: benchCases().filter((c) => (c.quick || !quick) && matchesPattern(c.id, cases)),
    partition: sweptBlockSizes(limits.partitionSize)
      .map((blockSize) => ({ blockSize, id: partitionId(limits.partitionSize, blockSize) }))
      .filter(({ id }) => matchesPattern(id, cases)),
    workload: [workloadId].filter((id) => matchesPattern(id, cases)),
  };
  if (Object.values(chosen).every((list: readonly unknown[]) => list.length === 0)) {
    throw new UsageError(
      `no case matches --cases ${cases ?? ""}; --list shows all of them, and * stands for anything`,
    );
  }
  return chosen;
}

/** Runs all that the options choose and returns what it found; prints and writes nothing. */
export async function run({
  options,
  providers,
  conformance,
  emit = () => undefined,
}: RunInputs): Promise<Report> {
  const start = performance.now();
  const date = new Date().toISOString();
  const limits = options.quick ? quickLimits : fullLimits;
  const selection = select(options, conformance);
  const notes: string[] = [];
  const tell: Emit = (event) => {
    if (event.kind === "note") notes.push(event.text);
    emit(event);
  };

  const backends = await openBackends(providers, options.backends);
  try {
    const { opened } = backends;
    checkSomeRun(backends);
    tell({ kind: "part", part: "what this machine can do" });
    const roofs = measureRoofs(limits.roofs);
    const share = (seconds: number): number => seconds / opened.length;

    const conforming: ConformanceEntry[] = [];
    const performed: PerformanceEntry[] = [];
    const partition: PartitionEntry[] = [];
    const workload: WorkloadEntry[] = [];
    for (const backend of opened) {
      if (selection.conformance.length > 0) {
        tell({ kind: "part", part: `conformance of ${backend.name}` });
        const provider = providers.find(({ name }) => name === backend.name);
        const target = { backend, open: async () => (provider as BackendProvider).create() };
        const time = share(limits.conformance);
        conforming.push(...(await runConformance(target, selection.conformance, time, tell)));
      }
      if (selection.performance.length > 0) {
        tell({ kind: "part", part: `performance of ${backend.name}` });
        const time = share(limits.performance);
        const cases = selection.performance;
        performed.push(...(await runPerformance(backend, cases, roofs, time, tell)));
      }
      if (selection.partition.length > 0) {
        tell({ kind: "part", part: `what cutting costs on ${backend.name}` });
        const time = share(limits.partition);
        partition.push(...(await runSweep(backend, selection.partition, limits, time, tell)));
      }
      for (const id of selection.workload) {
        tell({ kind: "part", part: `training on ${backend.name}` });
        workload.push(await runTraining(backend, id, limits, share(limits.workload), tell));
      }
    }
    let peers: PeerReport = { libraries: [], results: [], ratios: [] };
    if (options.peers) {
      tell({ kind: "part", part: "comparison with other libraries" });
      const { threads } = options;
      const how = { seconds: limits.peers, ...(threads !== undefined && { threads }) };
      peers = await comparePeers(opened, selection.performance, roofs, how, tell);
    }
    addSkipNotes(notes, conforming, performed);
    const { quick, cases, threads } = options;
    return {
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
      notes,
    };
  } finally {
    for (const backend of backends.opened) await backend.dispose().catch(() => undefined);
  }
}

function checkSomeRun({ opened, entries }: OpenedBackends): void {
  if (opened.length > 0) return;
  const reasons = entries.map(({ name, reason }) => `${name}: ${reason ?? "no reason given"}`);
  throw new UsageError(
    `no backend can run here (${reasons.join("; ")}); js runs everywhere: --backends js`,
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
    try {
      entries.push(await sweepPartition(backend, partitionSize, blockSize, time));
    } catch (error) {
      emit({ kind: "note", text: `${backend.name} ${id}: failed: ${messageOf(error)}` });
    }
  }
  return entries;
}

async function runTraining(
  backend: Backend,
  id: string,
  { images }: Limits,
  seconds: number,
  emit: Emit,
): Promise<WorkloadEntry> {
  const label = "784-128-10 network on Fashion-MNIST, momentum, batch 128";
  const about = { id, backend: backend.name, label };
  const data = await loadFashionMnist().catch((error: unknown) => {
    throw new UsageError(`the data of ${id} cannot be used: ${messageOf(error)}`);
  });
  try {
    const training = await trainFashionMnist(backend, data, {
      images,
      seconds,
      onEpoch: (epoch, total) => {
        const part = `training on ${backend.name}`;
        emit({ kind: "step", part, label: `epoch ${epoch}`, done: epoch - 1, total });
      },
    });
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
