import { expect, test } from "vitest";
import { ComparisonView } from "../src/charts/comparison-view.js";
import type { ConformanceEntry } from "../src/report.js";
import { examplePerformance, exampleReport, exampleTiming } from "./example-report.js";
import { rendered } from "./rendered.js";

const timed = (seconds: readonly number[]) =>
  seconds.map((each, i) => examplePerformance(each, { id: `matmul/f64/${i}`, label: `case ${i}` }));

test("ratios with their spread, what changed beyond noise first", () => {
  const before = exampleReport({ performance: timed([0.01, 0.01, 0.01, 0.01]) });
  const now = timed([0.0101, 0.02, 0.005, 0.04]);
  // The last one's samples lie so far apart that they say nothing.
  const noisy = { ...exampleTiming(0.04), lower: 0.01, fastest: 0.01 };
  const performance = now.map((entry, i) => (i === 3 ? { ...entry, timing: noisy } : entry));
  const after = exampleReport({ performance });
  const { html, text } = rendered(<ComparisonView before={before} after={after} />);
  expect(text).toContain("1 of 4 times got slower beyond noise, 1 faster");
  const rows = [
    ...text.matchAll(/case (\d), f64 js 10\.0 ms [\d.]+ ms ([\d.]+×) (\S \w+|within noise)/g),
  ];
  expect(rows.map(([, name, ratio, verdict]) => [name, ratio, verdict])).toEqual([
    ["1", "2.00×", "▲ slower"],
    ["2", "0.50×", "▼ faster"],
    ["3", "4.00×", "within noise"],
    ["0", "1.01×", "within noise"],
  ]);
  // Doubled lies three quarters of the way from ¼ to 4; the quartiles are 2 % to each side.
  expect(html).toContain('<circle cx="75.0%"');
  expect(html).toContain('<line class="range" x1="73.6%" x2="76.4%"');
  expect(text).toContain("Nothing broke");
  expect(text).not.toContain("two machines");
});

test("what broke is named, and another machine is said", () => {
  const entry: ConformanceEntry = {
    ...{ backend: "js", name: "add f32", operation: "add", dtype: "f32", checks: 1 },
    ...{ status: "failed", message: "3 instead of 2" },
  };
  const before = exampleReport();
  const machine = { ...before.machine, cpu: "another" };
  const after = exampleReport({ conformance: [entry], machine });
  const { text } = rendered(<ComparisonView before={before} after={after} />);
  expect(text).toContain("✗ broken js add f32: passed before, failed now: 3 instead of 2");
  expect(text).toContain("of two machines or engines");
  expect(text).not.toContain("Nothing broke");
});
