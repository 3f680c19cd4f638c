import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { benchFolder } from "../src/bench-folder.js";
import { htmlOf } from "../src/html-report.js";
import type { Report } from "../src/report.js";
import { exampleReport } from "./example-report.js";
import { fullReport } from "./full-report.js";
import { hostile } from "./hostile-report.js";

let report: Report;
let style: string;
beforeAll(async () => {
  report = await fullReport();
  style = await readFile(join(benchFolder(), "src", "charts", "theme.css"), "utf8");
}, 60_000);

/** Of opening tags, the names and the names of attributes. */
function tagsOf(html: string): readonly string[] {
  return (html.match(/<[a-z][^<>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));
}

/** Addresses other than places in the page, and pictures that are in it. */
function addressesIn(html: string): readonly (string | undefined)[] {
  return [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)]
    .map(([, address]) => address)
    .filter((address) => !/^(#[\w-]+|data:image\/png;base64,[\w+/]*=*)$/.test(address ?? ""));
}

/** What stands there where a figure or a text is missing. */
function strayIn(html: string): RegExpMatchArray | null {
  const text = html.replace(/<style>[\s\S]*<\/style>|"data:[^"]*"/g, "");
  return text.match(/.{0,40}(NaN|undefined|Infinity|\[object).{0,40}/);
}

test("every part of a report has its place", () => {
  const html = htmlOf(report, { style });
  const titles = [...html.matchAll(/<h[23]>([^<]*)/g)].map(([, title]) => title);
  expect(titles).toEqual(
    expect.arrayContaining([
      ...["In plain words", "Backends", "Conformance", "Speed", "Products of f32 matrices"],
      ...[
        "Roofline, f32",
        "Block-sparse products: 32×32 blocks, n = 512, f32",
        "What cutting costs",
      ],
      ...["Time under a partition, wasm", "Temporary memory, wasm", "Real work"],
      ...["Some that it gets wrong", "Ridge regression, each row left out once"],
      ...["784-128-10 network on Fashion-MNIST, momentum, batch 128"],
      ...["A picture by its largest singular values", "Beside other libraries", "Goals", "Machine"],
    ]),
  );
  expect(html.includes("✗ Something that was checked is wrong")).toBe(true);
  expect(strayIn(html)).toBeNull();
});

test("nothing of it comes from elsewhere, and nothing runs", () => {
  const html = htmlOf(report, { style, before: report });
  expect(html.match(/<script|<link|<iframe|@import|url\(/i)).toBeNull();
  expect(
    html.includes(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`),
  ).toBe(true);
  expect(addressesIn(html)).toEqual([]);
});

test("no text of a report becomes markup", () => {
  const html = htmlOf(hostile(report), { style, before: hostile(report) });
  expect(html.includes("&lt;script>")).toBe(true);
  expect(html.match(/<script|<img src="?x/)).toBeNull();
  expect(addressesIn(html)).toEqual([]);
  // Nor does any leave its attribute.
  expect(tagsOf(html).filter((tag) => /\sonerror=/.test(tag))).toEqual([]);
});

describe("a report of few things", () => {
  test("has few parts", () => {
    const parts = { conformance: [], performance: [], workload: [] };
    const html = htmlOf(exampleReport(parts), { style });
    expect(html.match(/<h2>/g)).toHaveLength(3);
  });

  test("may be older than the parts that came since", () => {
    expect(strayIn(htmlOf(exampleReport(), { style }))).toBeNull();
  });
});
