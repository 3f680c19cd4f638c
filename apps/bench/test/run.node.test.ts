import { js } from "@blk/backend-js";
import { openBackend } from "@blk/core";
import { describe, expect, test, vi } from "vitest";
import { printReport } from "../src/print.js";
import { hasFailures } from "../src/print-summary.js";
import { run } from "../src/run.js";
import { sweepPartition } from "../src/workloads/partition-sweep.js";
import { changedBackend } from "./changed-backend.js";
import { exampleCase } from "./run-main.js";

// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 30_000 });

const inputs = { providers: [js()], conformance: [exampleCase()] };
const options = { quick: true, peers: false };

test("only what is asked for again is timed again", async () => {
  const only = new Set(["matmul/f64/8"]);
  const report = await run({ ...inputs, options, only });
  expect(report.performance.map(({ id }) => id)).toEqual(["matmul/f64/8"]);
  expect(report.partition).toEqual([]);
  expect(report.conformance).toEqual([]);
  expect(report.workload).toEqual([]);
});

describe("a backend that is at fault", () => {
  const wrong = changedBackend("wrong", (backend) => ({
    read: async (view) => (await backend.read(view)).map((x) => x + 1) as Float64Array,
    hostMemory: undefined as never,
  }));
  const failing = changedBackend("failing", () => ({
    multiply: () => {
      throw new Error("device lost");
    },
    dispose: () => Promise.reject(new Error("already lost")),
  }));

  test("is named with what it did, does not spoil the others, and is a failure", async () => {
    const providers = [js(), wrong, failing];
    const cases = "*/f64/8";
    const report = await run({ ...inputs, providers, options: { ...options, cases } });
    expect(report.performance).toMatchObject([
      { backend: "js", status: "measured" },
      { backend: "wrong", status: "wrong", message: expect.stringMatching(/instead of/) },
      { backend: "failing", status: "failed", message: "device lost" },
    ]);
    expect(report.notes).toContain("failing could not be closed: already lost");
    expect(hasFailures(report)).toBe(true);
    expect(printReport(report)).toMatch(/failing 1 of 1 timed results are WRONG or failed/);
  });

  test("has no times in the partition sweep", async () => {
    const paths = ["unblocked", "cut", "blocks", "blockByBlock"] as const;
    const backend = await openBackend([wrong]);
    const entry = await sweepPartition(backend, 16, 8, 0.1);
    const lost = await sweepPartition(await openBackend([failing]), 16, 8, 0.1);
    for (const path of paths) {
      expect(entry[path].timing).toBeUndefined();
      expect(entry[path].message).toMatch(/instead of/);
      expect(lost[path].message).toBe("device lost");
    }
  });
});
