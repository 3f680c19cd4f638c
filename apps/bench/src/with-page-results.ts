import type { PageResults } from "./page/page-request.js";
import { pageGoalsOf } from "./page-goals.js";
import type { Report } from "./report.js";

/** A page's results, the words for its browser, and what the names of backends call it. */
export interface PageOfReport {
  readonly results: PageResults;
  readonly browser: string;
  readonly place: string;
}

/** A report that holds what a page measured too. */
export function withPageResults(report: Report, { results, browser, place }: PageOfReport): Report {
  return {
    ...report,
    machine: { ...report.machine, browser },
    backends: [...report.backends, ...results.backends.map((entry) => ({ ...entry, place }))],
    pageRoofs: results.roofs,
    conformance: [...report.conformance, ...results.conformance],
    performance: [...report.performance, ...results.performance],
    partition: [...report.partition, ...results.partition],
    workload: [...report.workload, ...results.workload],
    peers: {
      libraries: [...report.peers.libraries, ...results.peers.libraries],
      results: [...report.peers.results, ...results.peers.results],
      ratios: [...report.peers.ratios, ...results.peers.ratios],
    },
    goals: [...report.goals, ...pageGoalsOf(results, place)],
    notes: [...report.notes, ...results.notes],
  };
}
