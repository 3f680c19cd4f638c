import type { BackendProvider } from "@blk/core";
import { checkRunning, chosenBy, withBackends, withFindings } from "./backends.js";
import type { BrowserRun } from "./browser/browser-run.js";
import type { ConformanceCase } from "./conformance.js";
import { type FashionMnist, loadFashionMnist } from "./data/fashion-mnist.js";
import { loadDiabetes } from "./data/table.js";
import type { Emit } from "./events.js";
import { goalsOf } from "./goals.js";
import { describeMachine } from "./machine.js";
import { messageOf } from "./message-of.js";
import type { Options } from "./options.js";
import type { Report } from "./report.js";
import { measureRoofs } from "./roof.js";
import { runBackends } from "./run-backends.js";
import { notCompared, runPeers } from "./run-peers.js";
import { limitsOf, narrow, select } from "./selection.js";
import { skipNotes } from "./skip-notes.js";
import { UsageError } from "./usage-error.js";
import { withPageResults } from "./with-page-results.js";
import type { WorkloadData } from "./workloads/workloads.js";

/** What a run works with. */
export interface RunInputs {
  readonly options: Pick<Options, "quick" | "peers" | "backends" | "cases" | "threads">;
  readonly providers: readonly BackendProvider[];
  readonly conformance: readonly ConformanceCase[];
  /** Names of backends without which the run is not what was asked for. Default: `options.backends`. */
  readonly required?: readonly string[];
  /** Of what the options choose, times only these ids and leaves out all else. */
  readonly only?: ReadonlySet<string>;
  /** Where the images come from. Default: `loadFashionMnist`. */
  readonly loadData?: () => Promise<FashionMnist>;
  /** Measures the backends of a page too. */
  readonly browser?: BrowserRun | undefined;
  readonly emit?: Emit;
}

/**
 * Runs all that the options choose and returns what it found; prints and writes nothing. Throws
 * `UsageError`, before anything is measured, where that cannot be done.
 */
export async function run(inputs: RunInputs): Promise<Report> {
  const { options, providers, conformance, only, loadData = loadFashionMnist, browser } = inputs;
  const { required = options.backends ?? [], emit = () => undefined } = inputs;
  const start = performance.now();
  const date = new Date().toISOString();
  const limits = limitsOf(options);
  const chosen = select(options, conformance);
  const selection = only === undefined ? chosen : narrow(chosen, only);
  const works = selection.workload.length > 0 || selection.training.length > 0;
  const data = works ? await usable(loadData) : undefined;
  const notes: string[] = [];
  const tell: Emit = (event) => {
    if (event.kind === "note") notes.push(event.text);
    emit(event);
  };

  const isChosen = chosenBy(options.backends);
  const parts = await withBackends(providers, isChosen, tell, async ({ opened, entries }) => {
    if (browser === undefined) checkRunning(entries, required);
    // First, for what cannot run in the page either is told before anything is measured.
    const page = await browser?.({
      options,
      only,
      required,
      others: entries,
      data: data?.images,
      emit,
    });
    tell({ kind: "part", part: "what this machine can do" });
    const { roofs, probes } = measureRoofs(limits.roofs);
    const inputs = { opened, providers, selection, limits, roofs, data, emit: tell };
    const { lost, ...measured } = await runBackends(inputs);
    notes.push(...skipNotes(measured, opened));
    const compared = options.peers ? await runPeers({ ...inputs, probes, options }) : notCompared;
    const backends = withFindings({ opened, entries }, lost);
    return { page, goalsFor: opened[0]?.name, backends, roofs, ...measured, ...compared };
  });
  const { page, goalsFor, ...rest } = parts;
  const { quick, peers, cases, threads } = options;
  const asked = {
    ...{ quick, peers },
    ...(cases !== undefined && { cases }),
    ...(threads !== undefined && { threads }),
  };
  const report: Report = {
    ...{ kind: "blk-bench", version: 1, date, seconds: (performance.now() - start) / 1000 },
    ...{ machine: describeMachine(), options: asked, ...rest },
    goals: options.peers ? goalsOf(rest, goalsFor) : [],
    notes,
  };
  return page === undefined ? report : withPageResults(report, page);
}

async function usable(loadData: () => Promise<FashionMnist>): Promise<WorkloadData> {
  try {
    const [images, table] = await Promise.all([loadData(), loadDiabetes()]);
    return { images, table };
  } catch (error) {
    throw new UsageError(
      `the network cannot be trained: ${messageOf(error)}, or choose other cases with --cases`,
    );
  }
}
