import { expect, test } from "vitest";
import { ReportView } from "../src/charts/report-view.js";
import type { Report } from "../src/report.js";
import { exampleReport } from "./example-report.js";
import { rendered } from "./rendered.js";

/** The report with markup around every text of it, names of things that code looks for left as they are. */
function hostile(report: Report): Report {
  const known = new Set(["status", "kind", "unit", "roof", "id", "sense", "png"]);
  const text = JSON.stringify(report, (name, value: unknown) =>
    typeof value === "string" && !known.has(name)
      ? `"><script>alert(1)</script><img src=x onerror='alert(1)'>${value}`
      : value,
  );
  return JSON.parse(text) as Report;
}

test("no text of a report becomes markup", () => {
  const { html, text } = rendered(<ReportView report={hostile(exampleReport())} />);
  expect(text).toContain("<script>alert(1)</script>");
  expect(html).not.toMatch(/<script|<img src=x/);
  // Nor does any leave its attribute.
  const tags = html.match(/<[a-z][^<>]*>/g) ?? [];
  expect(tags.filter((tag) => /\sonerror=/.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([]);
});

test("a report of nothing is no error", () => {
  const parts = { conformance: [], performance: [], workload: [] };
  expect(() => rendered(<ReportView report={exampleReport(parts)} />)).not.toThrow();
});
