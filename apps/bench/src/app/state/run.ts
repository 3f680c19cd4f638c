import { type ReadonlySignal, signal } from "@preact/signals";
import type { BenchEvent } from "../../events.js";
import { messageOf } from "../../message-of.js";
import type { Report } from "../../report.js";
import { type Asked, askWorker } from "../ask-worker.js";
import type { RunRequest } from "../worker/tasks.js";
import { emptyReport, withFound } from "./partial-report.js";
import type { ReportsState } from "./reports.js";

/** How far a part has come. */
export interface Progress {
  readonly part: string;
  readonly label?: string;
  readonly done?: number;
  readonly total?: number;
}

/** What a backend holds of memory, in bytes. */
export interface LiveMemory {
  readonly backend: string;
  readonly live: number;
  /** The most of this run. */
  readonly peak: number;
}

/** A run: before it, under way, or how it ended. */
export type RunStatus =
  | { readonly kind: "idle" | "running" | "done" | "stopped" }
  | { readonly kind: "failed"; readonly message: string };

export interface RunState {
  readonly status: ReadonlySignal<RunStatus>;
  readonly progress: ReadonlySignal<Progress | undefined>;
  /** Of the backend that runs, or ran last. */
  readonly memory: ReadonlySignal<LiveMemory | undefined>;
  /** What the last run has found so far. */
  readonly report: ReadonlySignal<Report | undefined>;
  start(request: RunRequest): Promise<void>;
  stop(): void;
}

/** The runs of the page; each goes to the reports as it ends, what was stopped too. */
export function createRun(reports: ReportsState): RunState {
  const status = signal<RunStatus>({ kind: "idle" });
  const progress = signal<Progress | undefined>(undefined);
  const memory = signal<LiveMemory | undefined>(undefined);
  const report = signal<Report | undefined>(undefined);
  let asked: Asked<undefined> | undefined;
  let start = 0;

  const take = (event: BenchEvent): void => {
    if (event.kind === "part") progress.value = { part: event.part };
    else if (event.kind === "step") progress.value = event;
    else if (event.kind === "memory") memory.value = withPeak(event, memory.value);
    else if (event.kind !== "loss" && report.value !== undefined) {
      report.value = withFound(
        report.value,
        event.kind === "found" ? event.results : { notes: [event.text] },
      );
    }
  };
  const end = (ended: RunStatus, note?: string): void => {
    asked = undefined;
    status.value = ended;
    progress.value = undefined;
    if (report.value === undefined) return;
    const seconds = (performance.now() - start) / 1000;
    const final = withFound({ ...report.value, seconds }, { notes: note ? [note] : [] });
    report.value = final;
    // Of a run that measured nothing there is nothing to keep.
    if (final.backends.length === 0) return;
    reports.add(`This page, ${new Date(final.date).toLocaleTimeString()}`, final);
  };
  return {
    ...{ status, progress, memory, report },
    async start(request) {
      asked?.stop();
      start = performance.now();
      report.value = emptyReport(request);
      status.value = { kind: "running" };
      progress.value = { part: "the start" };
      memory.value = undefined;
      const mine = askWorker("run", request, take);
      asked = mine;
      try {
        await mine.answer;
        end({ kind: "done" });
      } catch (error) {
        const message = messageOf(error);
        end({ kind: "failed", message }, `the run ended before its end: ${message}`);
      }
    },
    stop() {
      if (asked === undefined) return;
      asked.stop();
      end({ kind: "stopped" }, "the run was stopped by hand before its end");
    },
  };
}

function withPeak({ backend, live, peak }: LiveMemory, before: LiveMemory | undefined): LiveMemory {
  const most = before?.backend === backend ? before.peak : 0;
  return { backend, live, peak: Math.max(peak, most) };
}
