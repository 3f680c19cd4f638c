import { type Change, parseReport } from "./parse-report.js";
import type { Report } from "./report.js";

/** The parts without which older reports, or those of other hands, can still be shown. */
const absent: Pick<
  Report,
  "seconds" | "date" | "options" | "roofs" | "peers" | "families" | "goals" | "notes"
> = {
  ...{ seconds: 0, date: "" },
  options: { quick: false, peers: false },
  roofs: { scalarGflops: 0, copyGBps: 0 },
  peers: { libraries: [], results: [], ratios: [] },
  ...{ families: [], goals: [], notes: [] },
};

/**
 * The report that a text holds, to be shown: parts that it has not are empty. `name` is how messages
 * call it. Throws `UsageError` where there is none.
 */
export function wholeReport(text: string, name: string, change?: Change): Report {
  return { ...absent, ...parseReport(text, name, change) };
}
