import { expect, test } from "vitest";
import { withBetterTimes } from "../src/measure-again.js";
import {
  examplePartition,
  examplePath,
  examplePerformance,
  exampleReport,
} from "./example-report.js";

const other = examplePerformance(0.02, { id: "matmul/f64/64" });
const report = exampleReport({
  performance: [examplePerformance(0.02), other],
  partition: [examplePartition],
});

test("the better of two times counts, all else stays", () => {
  const quick = { ...examplePartition, unblocked: examplePath(0.02), cut: examplePath(0.005) };
  const again = exampleReport({
    performance: [examplePerformance(0.01)],
    partition: [quick],
    conformance: [],
    workload: [],
  });
  const { performance, partition, notes, seconds, ...rest } = withBetterTimes(report, again);
  expect(performance).toEqual([examplePerformance(0.01), other]);
  expect(partition).toEqual([{ ...examplePartition, cut: examplePath(0.005) }]);
  expect(notes).toEqual([
    "measured twice, for they seemed slower than before: matmul/f64/512, partition/f64/256/block-32",
  ]);
  expect(seconds).toBe(report.seconds + again.seconds);
  const { performance: _, partition: __, notes: ___, seconds: ____, ...unchanged } = report;
  expect(rest).toEqual(unchanged);
});

test("a worse time the second time is dropped", () => {
  const again = exampleReport({ performance: [examplePerformance(0.03)] });
  expect(withBetterTimes(report, again).performance[0]).toEqual(examplePerformance(0.02));
});

test("a result that is wrong the second time is not hidden", () => {
  const { timing: _, rate: __, ...rest } = examplePerformance(0.01);
  const wrong = { ...rest, status: "wrong" as const, message: "row 3 is off" };
  const { timing: ___, ...untimed } = examplePartition.cut;
  const failing = { ...examplePartition, cut: { ...untimed, message: "no memory" } };
  const again = exampleReport({ performance: [wrong], partition: [failing] });
  const { performance, partition } = withBetterTimes(report, again);
  expect(performance[0]).toEqual(wrong);
  expect(partition[0]?.cut.message).toBe("no memory");
});
