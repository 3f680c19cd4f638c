import type { Backend } from "@blk/core";
import { expect, test } from "vitest";
import { runConformance } from "../src/conformance.js";
import type { BenchEvent } from "../src/events.js";
import { exampleCase } from "./run-main.js";

const backend = { name: "example" } as Backend;
const target = { backend, open: async () => backend };

test("each case is told, and one that throws does not keep the next from running", async () => {
  const events: BenchEvent[] = [];
  const failing = exampleCase(() => Promise.reject(new Error("off by one")));
  const cases = [failing, exampleCase()];
  const entries = await runConformance(target, cases, 5, (event) => events.push(event));
  expect(entries).toMatchObject([
    { backend: "example", name: "add/f32", status: "failed", message: "off by one" },
    { backend: "example", name: "add/f32", status: "passed", checks: 2 },
  ]);
  expect(events).toMatchObject([
    { kind: "step", label: "add/f32", done: 0, total: 2 },
    { kind: "found", results: { conformance: [{ status: "failed", message: "off by one" }] } },
    { kind: "step", label: "add/f32", done: 1, total: 2 },
    { kind: "found", results: { conformance: [{ status: "passed" }] } },
  ]);
});

test("what comes after the time is used up is skipped, not passed", async () => {
  const entries = await runConformance(target, [exampleCase()], 0, () => undefined);
  expect(entries).toMatchObject([{ operation: "add", status: "skipped", checks: 0 }]);
});

test("of cases that fail, the inputs of the first ones are kept", async () => {
  const failure = { inputs: [] };
  const about = { name: "add/f32", operation: "add", dtype: "f32", checks: 1 };
  const failing = exampleCase(async () => ({ ...about, status: "failed", failure }));
  const cases = new Array(15).fill(failing);
  const entries = await runConformance(target, cases, 5, () => undefined);
  expect(entries.map((entry) => entry.failure !== undefined)).toEqual([
    ...new Array(10).fill(true),
    ...new Array(5).fill(false),
  ]);
  expect(entries.every(({ status }) => status === "failed")).toBe(true);
});
