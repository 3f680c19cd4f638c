import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemOf } from "../src/parse-report.js";
import { readReport } from "../src/read-report.js";
import { UsageError } from "../src/usage-error.js";
import { examplePartition, exampleReport } from "./example-report.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-report-"));
});
afterEach(() => rm(folder, { recursive: true }));

const whole = JSON.stringify(exampleReport());

test.each([
  ["an empty file", "", /not JSON, perhaps it was cut off/],
  ["a report that was cut off", whole.slice(0, -100), /not JSON, perhaps it was cut off/],
  ["no JSON", "hello\n", /not JSON/],
  ["a list", "[]", /not a report of this bench: it has no "kind"/],
  ["another kind", '{"kind": "vitest"}', /it has no "kind": "blk-bench"/],
  ["another version", '{"kind": "blk-bench", "version": 2}', /its version is 2, expected 1/],
  ["a part of a report", '{"kind": "blk-bench", "version": 1}', /"machine" is missing/],
])("%s is refused with the remedy", async (_, text, reason) => {
  const path = join(folder, "broken.json");
  await writeFile(path, text);
  const reading = readReport(path);
  await expect(reading).rejects.toThrow(UsageError);
  await expect(reading).rejects.toThrow(reason);
  await expect(reading).rejects.toThrow(/; run the bench with --json FILE to make one$/);
});

test("a missing report and a folder are refused with the remedy", async () => {
  const remedy = /cannot be read.*run the bench with --json FILE/;
  await expect(readReport(join(folder, "none.json"))).rejects.toThrow(remedy);
  await expect(readReport(folder)).rejects.toThrow(remedy);
});

const report = exampleReport({ partition: [examplePartition] });
const [performance, workload] = [report.performance[0], report.workload[0]];

test("a right report has no problem", () => {
  expect(problemOf(report)).toBeUndefined();
});

test.each([
  [{ backends: undefined }, `"backends" is missing`],
  [{ backends: [{ name: "js" }] }, `backends[0] has no "ran"`],
  [{ conformance: [null] }, "conformance[0] is no entry"],
  [
    { performance: [performance, { ...performance, timing: { median: "fast" } }] },
    `performance[1] has a broken "timing"`,
  ],
  [{ partition: [{ backend: "js", id: "partition" }] }, `partition[0] has no "unblocked"`],
  [{ partition: [{ ...examplePartition, cut: null }] }, `partition[0] has a broken "cut"`],
  [{ workload: [{}] }, `workload[0] has no "backend"`],
  [{ workload: [{ ...workload, training: null }] }, `workload[0] has a broken "training"`],
])("what a comparison would stumble over is named: %j", (parts, problem) => {
  expect(problemOf({ ...report, ...parts })).toBe(problem);
});
