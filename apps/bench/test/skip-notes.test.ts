import type { Backend } from "@blk/core";
import { expect, test } from "vitest";
import { skipNotes } from "../src/skip-notes.js";
import { examplePerformance, exampleReport } from "./example-report.js";

const { timing: _, rate: __, ...untimed } = examplePerformance(1);
const backend = (name: string, ...dtypes: string[]) =>
  ({ name, capabilities: { dtypes } }) as unknown as Backend;

test("a type that a backend lacks is told once, all else case by case", () => {
  const skipped = { ...untimed, status: "skipped", message: "no time" } as const;
  const performance = [
    { ...skipped, backend: "a", id: "x/f64" },
    { ...skipped, backend: "a", id: "y/f64" },
    { ...skipped, backend: "a", id: "x/f32", dtype: "f32" },
    { ...skipped, backend: "b", id: "x/f64" },
    examplePerformance(1, { backend: "b" }),
  ];
  const [passed] = exampleReport().conformance;
  const conformance = [passed!, { ...passed!, status: "skipped" as const }];
  const opened = [backend("a", "f32"), backend("b", "f32", "f64")];
  expect(skipNotes({ conformance, performance }, opened)).toEqual([
    expect.stringMatching(/^1 conformance cases were not run/),
    "a: 2 cases not timed, for it has no f64",
    "a x/f32: not timed, no time",
    "b x/f64: not timed, no time",
  ]);
});
