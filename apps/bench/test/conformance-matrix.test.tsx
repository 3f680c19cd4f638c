import { expect, test } from "vitest";
import { ConformanceMatrix } from "../src/charts/conformance-matrix.js";
import type { ConformanceEntry } from "../src/report.js";
import { rendered } from "./rendered.js";

const entry = (parts: Partial<ConformanceEntry>): ConformanceEntry => ({
  ...{ backend: "wasm", name: "add/f32", operation: "add", dtype: "f32" },
  ...{ status: "passed", checks: 1, ...parts },
});

test("counts what passed of what ran, and says what did not run", () => {
  const conformance = [
    entry({}),
    entry({ status: "unsupported", message: "wasm has no f16" }),
    entry({ status: "skipped" }),
    entry({ backend: "my <b>", operation: "map" }),
  ];
  const { html, text } = rendered(<ConformanceMatrix conformance={conformance} />);
  expect(text).toContain("operation wasm my <b> add ✓ 1 of 1 1 unsupported, 1 not run");
  expect(html).toContain('title="wasm has no f16"');
  expect(html).not.toContain("✗");
});

test("what failed is red, leads to the case, and tells its reason", () => {
  const conformance = [
    entry({}),
    ...["a", "b"].map((name) =>
      entry({ name, status: "failed", message: `element (0, 1) of ${name} is 3 instead of 2` }),
    ),
  ];
  const { html, text } = rendered(<ConformanceMatrix conformance={conformance} />);
  const [, target] = html.match(/<a class="bad" href="#([^"]+)">✗ 1 of 3/) ?? [];
  expect(html).toContain(`<section id="${target}"`);
  expect(text).toContain("add on wasm: 2 failed a element (0, 1) of a is 3 instead of 2");
});

test("a failing case shows its inputs and the element that is wrong", () => {
  const input = { name: "a", dtype: "f32", rows: 2, cols: 100, layout: "padded rows" };
  const wrong = { result: "c", rows: 2, cols: 3, row: 1, col: 2 };
  const failure = {
    inputs: [
      {
        ...input,
        elements: [
          ["1.5", "NaN"],
          ["-0", "2"],
        ],
      },
    ],
    wrong: { ...wrong, got: "3", expected: "2", bound: "1e-7" },
  };
  const conformance = [entry({ status: "failed", message: "no", failure })];
  const { html, text } = rendered(<ConformanceMatrix conformance={conformance} />);
  expect(text).toContain("a: 2×100 f32, padded rows, the first 2×2 1.5 NaN -0 2");
  expect(text).toContain("element (1, 2) it is 3 instead of 2 ± 1e-7");
  expect(html).toContain('<rect class="spot" x="2" y="1"');
});

test("of many that failed alike, some are shown and all are counted", () => {
  const conformance = Array.from({ length: 30 }, (_, i) =>
    entry({ name: `case ${i}`, status: "failed", message: "no" }),
  );
  const { html, text } = rendered(<ConformanceMatrix conformance={conformance} />);
  expect(html.match(/<summary>/g)).toHaveLength(20);
  expect(text).toContain("30 failed");
  expect(text).toContain("and 10 more");
});
