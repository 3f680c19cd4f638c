import type { Found } from "../../events.js";
import type { Report } from "../../report.js";
import { describePage } from "../describe-page.js";
import type { RunRequest } from "../worker/tasks.js";

/** The report of a run that has found nothing yet. */
export function emptyReport(request: Pick<RunRequest, "options" | "sizes">): Report {
  const { quick, peers, cases, threads } = request.options;
  const options = {
    ...{ quick, peers },
    ...(cases !== undefined && { cases }),
    ...(threads !== undefined && { threads }),
    ...(request.sizes !== undefined && { sizes: request.sizes }),
  };
  return {
    ...{ kind: "blk-bench", version: 1, date: new Date().toISOString(), seconds: 0 },
    ...{ machine: describePage(), options, backends: [] },
    roofs: { scalarGflops: 0, copyGBps: 0 },
    ...{ conformance: [], performance: [], partition: [], workload: [] },
    peers: { libraries: [], results: [], ratios: [] },
    ...{ families: [], goals: [], notes: [] },
  };
}

/** The report with what was found since. */
export function withFound(report: Report, found: Found): Report {
  const { conformance = [], performance = [], partition = [], workload = [], notes = [] } = found;
  return {
    ...report,
    ...(found.backends && { backends: found.backends }),
    ...(found.roofs && { roofs: found.roofs }),
    ...(found.peers && { peers: found.peers }),
    conformance: joined(report.conformance, conformance),
    performance: joined(report.performance, performance),
    partition: joined(report.partition, partition),
    workload: joined(report.workload, workload),
    notes: joined(report.notes, notes),
  };
}

/** The list itself where there is nothing new, so that what shows it need not look again. */
function joined<Entry>(list: readonly Entry[], more: readonly Entry[]): readonly Entry[] {
  return more.length === 0 ? list : [...list, ...more];
}
