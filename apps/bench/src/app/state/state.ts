import { type BackendsState, createBackends } from "./backends.js";
import { createReports, type ReportsState } from "./reports.js";
import { createRun, type RunState } from "./run.js";

/** All that the page knows, made once when it is loaded. */
export interface AppState {
  readonly backends: BackendsState;
  readonly run: RunState;
  readonly reports: ReportsState;
}

export function createState(): AppState {
  const reports = createReports();
  return { backends: createBackends(), run: createRun(reports), reports };
}
