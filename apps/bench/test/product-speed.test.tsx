import { expect, test } from "vitest";
import { ProductSpeed } from "../src/charts/product-speed.js";
import type { PeerResult } from "../src/report.js";
import { examplePerformance, exampleReport, exampleTiming } from "./example-report.js";
import { rendered } from "./rendered.js";

const performance = [256, 512].map((n) =>
  examplePerformance(0.01, { id: `matmul/f64/${n}`, label: `A·B, n = ${n}` }),
);

test("a line through the speeds, its spread, and the roof", () => {
  const report = exampleReport({ performance });
  const { html, text } = rendered(<ProductSpeed {...report} dtype="f64" />);
  // 2·512³ operations in 10 ms, quartiles ±2 %
  expect(text).toContain("js: n = 512, 26.8 GFLOP/s, 10.0 ms");
  expect(text).toContain("26.3 … 27.4");
  expect(text).toContain("plain JavaScript, one core");
  expect(html.match(/class="spread"/g)).toHaveLength(2);
  expect(rendered(<ProductSpeed {...report} dtype="f32" />).html).toBe("");
});

test("other libraries have lines too, and what was timed beside them counts", () => {
  const result = (contender: string, seconds: number): PeerResult => ({
    ...{ id: "matmul/f64/512", label: "A·B, n = 512", dtype: "f64", contender },
    ...{ isPeer: contender !== "js", threads: 1, status: "measured" },
    timing: exampleTiming(seconds),
  });
  const results = [result("js", 0.02), result("<i>lib</i>", 0.04)];
  const report = exampleReport({ performance, peers: { libraries: [], results, ratios: [] } });
  const { html, text } = rendered(<ProductSpeed {...report} dtype="f64" />);
  expect(text).toContain("js: n = 512, 13.4 GFLOP/s, 20.0 ms");
  expect(text).toContain("<i>lib</i>: n = 512, 6.71 GFLOP/s");
  expect(html).not.toContain("<i>");
});

test("calls too small to have a speed, and other products, stay out", () => {
  const others = ["matmul/f64/1", "matmul/f64/nt/256", "linalg/f64/qr/256"].map((id) =>
    examplePerformance(0.01, { id }),
  );
  const report = exampleReport({ performance: others });
  expect(rendered(<ProductSpeed {...report} dtype="f64" />).html).toBe("");
});
