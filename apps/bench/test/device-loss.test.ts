import { js } from "@blk/backend-js";
import { openBackend } from "@blk/core";
import { expect, test } from "vitest";
import { DeviceLoss } from "../src/device-loss.js";
import type { BenchEvent } from "../src/events.js";
import { runBackends } from "../src/run-backends.js";
import { choose, limitsOf } from "../src/selection.js";
import { exampleCase } from "./run-main.js";

test("a backend that loses its device runs no further, and the next one does", async () => {
  const backend = await openBackend([js()]);
  let lose: (error: Error) => void = () => undefined;
  const lost = new Promise<Error>((resolve) => {
    lose = resolve;
  });
  const failing = Object.assign(Object.create(backend), { name: "gone", lost });
  const events: BenchEvent[] = [];
  const good = exampleCase();
  const last = exampleCase(async ({ backend }) => {
    if (backend.name === "gone") lose(new Error("unplugged"));
    return good.run({ backend, open: async () => backend });
  });
  const options = { quick: true, peers: false, cases: "matmul/f64/8" };
  const results = await runBackends({
    ...{ opened: [failing, backend], providers: [], limits: limitsOf(options) },
    selection: { ...choose(options, []), conformance: [good, last, good, good] },
    roofs: { scalarGflops: 1, copyGBps: 1 },
    emit: (event) => events.push(event),
  });
  await backend.dispose();
  const names = results.conformance.map((entry) => entry.backend);
  expect(names).toEqual(["gone", "gone", "js", "js", "js", "js"]);
  expect(results.lost).toEqual(new Map([["gone", "unplugged"]]));
  expect(results.performance.map((entry) => entry.backend)).toEqual(["js"]);
  expect(events.filter(({ kind }) => kind === "note")).toEqual([
    {
      kind: "note",
      text: "gone was lost, and what had not run on it yet was left out: unplugged",
    },
  ]);
});

test("a backend that fails while its kernels are awaited is measured all the same", async () => {
  const backend = await openBackend([js()]);
  const trying = Object.assign(Object.create(backend), {
    capabilities: { ...backend.capabilities, trials: [] },
    finish: () => Promise.reject(new Error("no memory")),
  });
  const events: BenchEvent[] = [];
  const options = { quick: true, peers: false, cases: "matmul/f64/8" };
  const { performance } = await runBackends({
    ...{ opened: [trying, backend], providers: [], limits: limitsOf(options) },
    ...{ selection: choose(options, []), roofs: { scalarGflops: 1, copyGBps: 1 } },
    emit: (event) => events.push(event),
  });
  const checked = await runBackends({
    ...{ opened: [trying], providers: [], limits: limitsOf(options) },
    selection: { ...choose({ ...options, cases: "none" }, []), conformance: [exampleCase()] },
    roofs: { scalarGflops: 1, copyGBps: 1 },
    // Nothing is awaited where nothing is timed.
    emit: (event) => expect(event.kind).not.toBe("note"),
  });
  await backend.dispose();
  expect(checked.conformance).toHaveLength(1);
  expect(performance.map(({ status }) => status)).toEqual(["failed", "measured"]);
  expect(events.filter(({ kind }) => kind === "note")).toEqual([
    { kind: "note", text: "js is timed with kernels that may not be its fastest: no memory" },
  ]);
  const parts = events.flatMap((event) => (event.kind === "part" ? [event.part] : []));
  expect(parts).toEqual([
    "which kernels are the fastest here: js",
    "performance of js",
    "performance of js",
  ]);
});

test("a device that is lost because it is closed is no news", async () => {
  const notes: BenchEvent[] = [];
  const lost = Promise.resolve(new Error("destroyed"));
  const loss = new DeviceLoss({ name: "webgpu", lost }, (event) => notes.push(event));
  loss.end();
  await lost;
  expect(loss.isLost()).toBe(false);
  expect(notes).toEqual([]);
});
