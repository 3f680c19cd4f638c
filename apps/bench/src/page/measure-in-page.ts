import type { BackendProvider } from "@blk/core";
import { withBackends, withFindings } from "../backends.js";
import type { Emit } from "../events.js";
import type { Report } from "../report.js";
import { measureRoofs } from "../roof.js";
import { type BackendResults, runBackends } from "../run-backends.js";
import type { Limits, Selection } from "../selection.js";
import { skipNotes } from "../skip-notes.js";
import type { WorkloadData } from "../workloads/workloads.js";
import { compareInPage } from "./compare-in-page.js";

export interface MeasuredInPage
  extends BackendResults,
    Pick<Report, "backends" | "roofs" | "peers" | "notes"> {}

export interface PageInputs {
  readonly providers: readonly BackendProvider[];
  readonly isChosen: (name: string) => boolean;
  /** Told which backends run, before anything is measured; what it throws ends the run. */
  readonly onOpened: (backends: Report["backends"]) => void;
  readonly selection: Selection;
  readonly limits: Limits;
  readonly data: WorkloadData | undefined;
  /** Why there are no other libraries to load. */
  readonly peersMissing: string | undefined;
  readonly emit: Emit;
}

/** Measures backends where there is no Node: in a page that a program drives, or in a page's worker. */
export async function measureInPage(inputs: PageInputs): Promise<MeasuredInPage> {
  const { providers, isChosen, onOpened, selection, limits, data, peersMissing, emit } = inputs;
  return withBackends(providers, isChosen, emit, async ({ opened, entries }) => {
    onOpened(entries);
    emit({ kind: "found", results: { backends: entries } });
    emit({ kind: "part", part: "what this machine can do" });
    const { roofs } = measureRoofs(limits.roofs);
    emit({ kind: "found", results: { roofs } });
    const { lost, ...measured } = await runBackends({
      ...{ opened, providers, selection, limits, roofs, data, emit },
    });
    const notes = skipNotes(measured, opened);
    const peers = await compareInPage({
      ...{ opened, cases: selection.compared, roofs, seconds: limits.peers },
      ...{ missing: peersMissing, emit },
    });
    const backends = withFindings({ opened, entries }, lost);
    emit({ kind: "found", results: { backends, peers, notes } });
    return { backends, roofs, ...measured, peers, notes };
  });
}
