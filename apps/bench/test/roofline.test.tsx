import { expect, test } from "vitest";
import { Roofline } from "../src/charts/roofline.js";
import { roofsOf } from "../src/charts/roofs-of.js";
import { examplePerformance, exampleReport } from "./example-report.js";
import { rendered } from "./rendered.js";

const placed = (flops: number, bytes: number) => examplePerformance(0.01, { flops, bytes });

test("a case lies at its operations per byte and its operations a second", () => {
  const report = exampleReport({ performance: [placed(4e7, 1e6)] });
  const { text } = rendered(<Roofline {...report} dtype="f64" />);
  expect(text).toContain("js: A·B, n = 512, 40 operations per byte, 4 GFLOP/s");
  expect(text).toContain("plain JavaScript, one core");
  expect(rendered(<Roofline {...report} dtype="f32" />).html).toBe("");
});

test("the roof rises with what memory lets through, then is level", () => {
  // 8 GFLOP/s and 20 GB/s: the bend is at 0.4 operations per byte.
  const performance = [placed(1e5, 1e6), placed(1e7, 1e6)];
  const { html } = rendered(<Roofline {...exampleReport({ performance })} dtype="f64" />);
  const [roof = ""] = html.match(/<g class="roof">.*?<\/g>/) ?? [];
  const lines = [...roof.matchAll(/x1="([\d.]+)%" y1="([\d.]+)%" x2="([\d.]+)%" y2="([\d.]+)%"/g)];
  const [rising, level] = lines.map(([, ...numbers]) => numbers.map(Number));
  expect(lines).toHaveLength(2);
  // From 0.1 to 10 operations per byte, two decades.
  expect(rising?.[0]).toBeCloseTo(0, 1);
  expect(rising?.[2]).toBeCloseTo(50 * (1 + Math.log10(0.4)), 1);
  expect(rising?.[1]).toBeGreaterThan(rising?.[3] ?? 0);
  expect(level?.[1]).toBe(level?.[3]);
  expect(level?.[2]).toBeCloseTo(100, 1);
});

test("what has no operations counted, as in older reports, stays out", () => {
  const { html } = rendered(<Roofline {...exampleReport()} dtype="f64" />);
  expect(html).toBe("");
});

test("each backend's roof is named once, those of threads and of a page by themselves", () => {
  const simd = { f32: { separate: 50 }, f64: { separate: 25 }, copyGBps: 10, readGBps: 12 };
  const backend = (name: string, threads: number, place?: string) => ({
    ...{ name, ran: true, threads },
    ...(place && { place }),
  });
  const report = exampleReport({
    backends: [
      ...[
        backend("wasm", 1),
        backend("other", 1),
        backend("wasm (2 threads)", 2),
        backend("js", 1),
      ],
      ...[backend("wasm (Chromium)", 1, "Chromium"), { name: "webgpu", ran: false }],
    ],
    roofs: { scalarGflops: 8, copyGBps: 20, simd },
    pageRoofs: { scalarGflops: 7, copyGBps: 20, simd: { ...simd, f32: { separate: 40 } } },
  });
  expect(roofsOf(report, "f32").map(({ name, gflops }) => [name, gflops])).toEqual([
    ["plain JavaScript, one core", 8],
    ["vectors of 128 bits, one core, Chromium", 40],
    ["vectors of 128 bits, one core", 50],
    ["vectors of 128 bits, 2 cores", 100],
  ]);
});
