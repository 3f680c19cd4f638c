import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { compareReports } from "../src/compare.js";
import { inPlace } from "../src/page/in-place.js";
import { printReport } from "../src/print.js";
import { problemOf } from "../src/read-report.js";
import type { Report } from "../src/report.js";
import { withPageResults } from "../src/with-page-results.js";
import { examplePartition, examplePerformance, exampleReport } from "./example-report.js";

const place = "Chromium 150";
const name = `wasm (${place})`;

/** The example's report with what a page measured, in a time of its own. */
function merged(seconds: number): Report {
  const own = exampleReport({ partition: [examplePartition] });
  const page = exampleReport({ performance: [examplePerformance(seconds)] });
  const inPage = <Entry extends { readonly backend: string }>(entries: readonly Entry[]) =>
    entries.map((entry) => ({ ...entry, backend: "wasm" }));
  const results = inPlace(
    {
      backends: [{ name: "wasm", ran: true, device: "WebAssembly", dtypes: ["f32"], threads: 1 }],
      roofs: { scalarGflops: 5, copyGBps: 10 },
      conformance: inPage(page.conformance),
      performance: inPage(page.performance),
      partition: inPage([examplePartition]),
      workload: inPage(page.workload),
      notes: ["wasm has a note"],
    },
    place,
  );
  return withPageResults(own, { results, browser: "Chromium 150.0.1" });
}

test("what a page measured stands behind the rest, under names that say so", () => {
  const report = merged(0.02);
  for (const part of ["conformance", "performance", "partition", "workload"] as const) {
    expect(report[part].map(({ backend }) => backend)).toEqual(["js", name]);
  }
  expect(report.backends.map((entry) => entry.name)).toEqual(["js", name]);
  expect(report.notes).toEqual(["In Chromium 150, wasm has a note"]);
  expect(report.machine.browser).toBe("Chromium 150.0.1");
  expect(report.pageRoofs).toEqual({ scalarGflops: 5, copyGBps: 10 });
  expect(report.roofs).toEqual({ scalarGflops: 8, copyGBps: 20 });
  expect(problemOf(JSON.parse(JSON.stringify(report)))).toBeUndefined();
});

test("it is printed beside the rest", () => {
  const text = stripVTControlCharacters(printReport(merged(0.02)));
  expect(text).toMatch(/Chromium 150\.0\.1\n.* 5\.0 GFLOP\/s scalar/);
  expect(text).toMatch(/ wasm \(Chromium 150\) +A·B, n = 512 +f64 +20\.0 ms/);
  expect(text).toMatch(/operation +js +wasm \(Chromium 150\)/);
  expect(text).toContain("wasm (Chromium 150) does everything right that was tried");
});

test("it is compared with what the page measured before", () => {
  const { changes, otherMachine } = compareReports(merged(0.02), merged(0.04));
  expect(changes).toMatchObject([{ kind: "slower", backend: name, id: "matmul/f64/512" }]);
  expect(otherMachine).toBe(false);
});

test("another browser is another machine, and none at all is no loss", () => {
  const before = merged(0.02);
  const other = { ...before, machine: { ...before.machine, browser: "Chromium 151.0.0" } };
  expect(compareReports(before, other).otherMachine).toBe(true);
  const without = compareReports(before, exampleReport());
  expect(without).toMatchObject({ changes: [], otherMachine: false });
});
