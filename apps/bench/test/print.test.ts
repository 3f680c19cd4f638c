import { describe, expect, test } from "vitest";
import { printReport } from "../src/print.js";
import { hasFailures, summarizeReport, verdictOf } from "../src/print-summary.js";
import type { PeerResult, PerformanceEntry, Report } from "../src/report.js";
import { examplePartition, examplePerformance, exampleReport } from "./example-report.js";

const { timing: _, rate: __, ...untimed } = examplePerformance(0.01);
const wrong: PerformanceEntry = { ...untimed, status: "wrong", message: "row 3 is off" };
const [passed, trained] = [exampleReport().conformance[0]!, exampleReport().workload[0]!];
const { timing: ___, ...path } = examplePartition.cut;
const brokenSweep = { ...examplePartition, cut: { ...path, message: "no memory" } };
const compared: PeerResult = {
  id: "matmul/f64/512",
  label: "A·B",
  dtype: "f64",
  contender: "js",
  isPeer: false,
  threads: 1,
  status: "wrong",
};
const ourselvesWrong = { libraries: [], results: [compared], ratios: [] };
const lost = { name: "js", ran: true, lost: "unplugged" };
const theyAreWrong = { ...ourselvesWrong, results: [{ ...compared, isPeer: true }] };

describe("hasFailures", () => {
  test.each<[string, Partial<Report>]>([
    ["a conformance case", { conformance: [{ ...passed, status: "failed" }] }],
    ["a timed result that is wrong", { performance: [wrong] }],
    ["a timed case that failed", { performance: [{ ...wrong, status: "failed" }] }],
    ["a path of the partition sweep", { partition: [brokenSweep] }],
    ["a training", { workload: [{ ...trained, status: "failed" }] }],
    ["a result beside other libraries", { peers: ourselvesWrong }],
    ["a device that was lost", { backends: [lost] }],
  ])("counts %s", (_, parts) => {
    expect(hasFailures(exampleReport(parts))).toBe(true);
  });

  test.each<[string, Partial<Report>]>([
    ["a report where all is well", { partition: [examplePartition] }],
    ["what is not supported", { conformance: [{ ...passed, status: "unsupported" }] }],
    ["what was skipped", { performance: [{ ...wrong, status: "skipped" }] }],
    ["what another library does wrong", { peers: theyAreWrong }],
  ])("does not count %s", (_, parts) => {
    expect(hasFailures(exampleReport(parts))).toBe(false);
  });
});

describe("printReport", () => {
  test("says in plain words what came out", () => {
    const text = printReport(exampleReport({ partition: [examplePartition] }));
    expect(text).toContain("Example CPU, 2 cores, 8 GiB");
    expect(text).toMatch(/A·B, n = 512 +f64 +10\.0 ms +5\.00 GFLOP\/s +60 % +2 %/);
    expect(text).toMatch(/32 +10\.0 ms +10\.0 ms 1\.00× +12\.0 ms 1\.20×/);
    expect(text).toContain(
      "js does everything right that was tried (1 conformance cases); all 1 timed results were checked and are right.",
    );
    expect(text).toContain("names 84.0 % of clothes rightly that it had never seen");
  });

  test("names what is wrong instead of a time", () => {
    const text = printReport(exampleReport({ performance: [wrong], partition: [brokenSweep] }));
    expect(text).toMatch(/A·B, n = 512 +f64 +\S*wrong\S* +row 3 is off/);
    expect(text).toMatch(/wrong\S* js partition\/f64\/256\/block-32 \(cut\): no memory/);
    expect(text).toMatch(/1 of 1 timed results are WRONG or failed/);
  });

  test("tells once why several libraries did not run", () => {
    const reason = "npm failed";
    const absent = ["one", "two"].map((name) => ({ name, ran: false, reason }));
    const libraries = [...absent, { name: "three", ran: false, reason: "no WebAssembly" }];
    const text = printReport(exampleReport({ peers: { libraries, results: [], ratios: [] } }));
    expect(text).toContain("one, two did not run: npm failed");
    expect(text).toContain("three did not run: no WebAssembly");
  });
});

test("a device that was lost is told in plain words, and is no wrong result", () => {
  const report = exampleReport({ backends: [lost] });
  expect(verdictOf(report).text).toBe("Not all could be checked: a device was lost meanwhile.");
  expect(summarizeReport(report)).toContain(
    "js was LOST while it was measured (unplugged); what had not run on it yet was left out.",
  );
  const failed = { conformance: [{ ...passed, status: "failed" as const }] };
  expect(verdictOf({ ...report, ...failed }).text).toMatch(/^Something that was checked is wrong/);
});
