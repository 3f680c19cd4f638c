import type { PageResults } from "./page/page-request.js";
import type { Report } from "./report.js";

/** A page's results and the words for its browser. */
export interface PageOfReport {
  readonly results: PageResults;
  readonly browser: string;
}

/** A report that holds what a page measured too. */
export function withPageResults(report: Report, { results, browser }: PageOfReport): Report {
  return {
    ...report,
    machine: { ...report.machine, browser },
    backends: [...report.backends, ...results.backends],
    pageRoofs: results.roofs,
    conformance: [...report.conformance, ...results.conformance],
    performance: [...report.performance, ...results.performance],
    partition: [...report.partition, ...results.partition],
    workload: [...report.workload, ...results.workload],
    notes: [...report.notes, ...results.notes],
  };
}
