import { parseReport } from "../parse-report.js";
import type { Report } from "../report.js";

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

/** The report in a file that a person chose. Throws `UsageError` where it holds none. */
export async function reportIn(file: File): Promise<Report> {
  return { ...absent, ...parseReport(await file.text(), file.name) };
}
