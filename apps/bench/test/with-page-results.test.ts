import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { compareReports } from "../src/compare.js";
import { inPlace } from "../src/page/in-place.js";
import { problemOf } from "../src/parse-report.js";
import { nothingCompared, ratiosOf } from "../src/peer-comparison.js";
import { printReport } from "../src/print.js";
import type { PeerReport, PeerResult, Report } from "../src/report.js";
import { withPageResults } from "../src/with-page-results.js";
import {
  examplePartition,
  examplePerformance,
  exampleReport,
  exampleTiming,
} from "./example-report.js";

const place = "Chromium 150";
const name = `wasm (${place})`;

/** The example's report with what a page measured, in a time of its own. */
function merged(seconds: number, peers: PeerReport = nothingCompared): Report {
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
      peers,
      notes: ["wasm has a note"],
    },
    place,
  );
  return withPageResults(own, { results, browser: "Chromium 150.0.1", place });
}

test("what a page measured stands behind the rest, under names that say so", () => {
  const report = merged(0.02);
  for (const part of ["conformance", "performance", "partition", "workload"] as const) {
    expect(report[part].map(({ backend }) => backend)).toEqual(["js", name]);
  }
  expect(report.backends.map((entry) => entry.name)).toEqual(["js", name]);
  expect(report.backends.map((entry) => entry.place)).toEqual([undefined, place]);
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

test("what a page compared with other libraries is placed, judged and printed", () => {
  const result = (contender: string, n: number, seconds: number): PeerResult => ({
    ...{ id: `matmul/f32/${n}`, label: `A·B, n = ${n}`, dtype: "f32", contender },
    ...{ isPeer: contender !== "webgpu", threads: 1, status: "measured" },
    timing: exampleTiming(seconds),
  });
  const results = [
    result("webgpu", 256, 0.01),
    result("jax-js webgpu", 256, 0.02),
    result("webgpu", 512, 0.1),
    result("jax-js webgpu", 512, 0.09),
    result("TensorFlow.js webgpu", 512, 0.4),
  ];
  const absent = { name: "onnxruntime-web webgpu", ran: false, reason: "no network" };
  const peers = { libraries: [absent], results, ratios: ratiosOf(results) };
  const report = merged(0.02, peers);
  const own = `webgpu (${place})`;
  expect(new Set(report.peers.results.map(({ contender }) => contender))).toEqual(
    new Set([own, `jax-js webgpu (${place})`, `TensorFlow.js webgpu (${place})`]),
  );
  expect(report.goals.map(({ backend }) => backend)).toEqual([own, own, own]);
  expect(report.goals.map(({ value, met }) => [value, met])).toEqual([
    [expect.closeTo(0.9), false],
    [expect.closeTo(4), true],
    [undefined, undefined],
  ]);
  const text = stripVTControlCharacters(printReport(report));
  expect(text).toMatch(
    /n = 256 +f32 +jax-js webgpu \(Chromium 150\) .* webgpu \(Chromium 150\) 2\.00×/,
  );
  expect(text).toContain(`onnxruntime-web webgpu (${place}) did not run: no network`);
  expect(text).toMatch(
    /Against the goals: webgpu \(Chromium 150\)\n.*\n.*jax-js webgpu +0\.90× +≥ 1\.00× +✗/,
  );
  expect(text).toMatch(
    /webgpu \(Chromium 150\) is 4\.00 times as fast as TensorFlow\.js webgpu \(Chromium 150\) at A·B, n = 512/,
  );
  expect(problemOf(JSON.parse(JSON.stringify(report)))).toBeUndefined();
});
