import type { Report } from "../report.js";

/** Gives a report to the person as a file, the same JSON that `--json` writes. */
export function saveReport(report: Report): void {
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `bench-${report.date.slice(0, 19).replaceAll(":", "-")}.json`;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
