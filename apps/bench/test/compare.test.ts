import { describe, expect, test } from "vitest";
import { compareReports, notSelected } from "../src/compare.js";
import { printComparison } from "../src/print-comparison.js";
import type { PerformanceEntry } from "../src/report.js";
import {
  examplePartition,
  examplePath,
  examplePerformance,
  exampleReport,
  exampleTiming,
  training,
} from "./example-report.js";

const before = exampleReport({ partition: [examplePartition] });

test("a report compared with itself shows nothing", () => {
  const same = { changes: [], faster: [], compared: 4, otherMachine: false };
  expect(compareReports(before, before)).toEqual(same);
});

describe("times", () => {
  test("slower beyond noise is found", () => {
    const after = exampleReport({ performance: [examplePerformance(0.013)] });
    expect(compareReports(before, after).changes).toEqual([
      {
        kind: "slower",
        backend: "js",
        id: "matmul/f64/512",
        message: "10.0 ms before, 13.0 ms now (1.30×)",
      },
    ]);
  });

  test.each([
    ["a little slower", exampleTiming(0.012)],
    ["scattered", { ...exampleTiming(0.013), lower: 0.005 }],
    ["as fast as ever at best", { ...exampleTiming(0.013), fastest: 0.0098 }],
  ])("%s is noise", (_, timing) => {
    const after = exampleReport({ performance: [examplePerformance(0.013, { timing })] });
    expect(compareReports(before, after).changes).toEqual([]);
  });

  test("each path of the partition sweep counts", () => {
    const slow = { ...examplePartition, cut: examplePath(0.02) };
    const after = exampleReport({ partition: [slow] });
    expect(compareReports(before, after).changes).toMatchObject([
      { kind: "slower", id: "partition/f64/256/block-32", path: "cut" },
    ]);
  });

  test("faster is told, and is no change for the worse", () => {
    const after = exampleReport({ performance: [examplePerformance(0.005)] });
    const { changes, faster } = compareReports(before, after);
    expect(changes).toEqual([]);
    expect(faster).toEqual(["js matmul/f64/512: 10.0 ms before, 5.00 ms now (0.50×)"]);
  });
});

describe("what worked", () => {
  test("and does not any more is broken", () => {
    const { timing: _, rate: __, ...rest } = examplePerformance(0.01);
    const wrong: PerformanceEntry = { ...rest, status: "wrong", message: "row 3 is off" };
    const failing = { ...before.conformance[0]!, status: "failed" as const, message: "off by one" };
    const { timing: ___, ...untimed } = examplePartition.blocks;
    const worse = { ...before.workload[0]!, training: { ...training, accuracy: 0.6 } };
    const after = exampleReport({
      performance: [wrong],
      conformance: [failing],
      partition: [{ ...examplePartition, blocks: { ...untimed, message: "no memory" } }],
      workload: [worse],
    });
    expect(compareReports(before, after).changes).toMatchObject([
      { kind: "broken", id: "add f32", message: "passed before, failed now: off by one" },
      { kind: "broken", id: "matmul/f64/512", message: "row 3 is off" },
      { kind: "broken", path: "blocks", message: "no memory" },
      { kind: "broken", message: "accuracy fell from 84.0 % to 60.0 %" },
    ]);
  });

  test("and was skipped now is left out", () => {
    const skipped = { ...before.conformance[0]!, status: "skipped" as const };
    const after = exampleReport({ conformance: [skipped], performance: [] });
    expect(compareReports(before, after).changes).toEqual([]);
  });

  test("as a backend and cannot run any more is broken, unless nobody asked for it", () => {
    const backends = (reason: string) => [{ name: "js", ran: false, reason }];
    const lost = exampleReport({ backends: backends("no memory") });
    expect(compareReports(before, lost).changes).toMatchObject([{ kind: "broken", id: "backend" }]);
    const left = exampleReport({ backends: backends(notSelected) });
    expect(compareReports(before, left).changes).toEqual([]);
  });
});

test("trainings of different length are not compared", () => {
  const shorter = { ...training, steps: 50, accuracy: 0.6 };
  const after = exampleReport({ workload: [{ ...before.workload[0]!, training: shorter }] });
  expect(compareReports(before, after).changes).toEqual([]);
});

describe("the printed comparison", () => {
  test("names what got worse", () => {
    const slow = { ...examplePartition, cut: examplePath(0.02) };
    const after = exampleReport({ partition: [slow], performance: [examplePerformance(0.005)] });
    const text = printComparison(compareReports(before, after), "old.json");
    expect(text).toContain("Compared with old.json");
    expect(text).toContain("4 results are in both; 1 got worse, 1 faster.");
    expect(text).toMatch(/slower\S* {2}js partition\/f64\/256\/block-32 \(cut\): 10\.0 ms before/);
    expect(text).toMatch(/faster\S* {2}js matmul\/f64\/512/);
  });

  test("says when there was nothing to compare, and when the machine is another", () => {
    const machine = { ...before.machine, cpu: "Another" };
    const nothing = { conformance: [], performance: [], partition: [], workload: [] };
    const text = printComparison(
      compareReports(before, exampleReport({ machine, ...nothing })),
      "old.json",
    );
    expect(text).toContain("Nothing is in both reports");
    expect(text).toContain("another machine or engine");
  });
});
