import type { Timing } from "../src/measure.js";
import type { PerformanceEntry, Report } from "../src/report.js";
import type { PartitionEntry, PathCost } from "../src/workloads/partition-sweep.js";

const backend = "js";

/** A small report as a run gives it, with parts replaced. */
export function exampleReport(parts: Partial<Report> = {}): Report {
  return {
    kind: "blk-bench",
    version: 1,
    date: "2025-01-02T03:04:05.000Z",
    seconds: 12,
    machine: {
      cpu: "Example CPU",
      cores: 2,
      memoryBytes: 2 ** 33,
      platform: "linux x64",
      runtime: "Node 20",
    },
    options: { quick: true, peers: false },
    backends: [{ name: backend, ran: true, device: "JavaScript", dtypes: ["f32"], threads: 1 }],
    roofs: { scalarGflops: 8, copyGBps: 20 },
    conformance: [
      { backend, name: "add f32", operation: "add", dtype: "f32", status: "passed", checks: 3 },
    ],
    performance: [examplePerformance(0.01)],
    partition: [],
    workload: [
      { backend, id: "workload/fashion-mnist", label: "network", status: "measured", training },
    ],
    peers: { libraries: [], results: [], ratios: [] },
    families: [],
    goals: [],
    notes: [],
    ...parts,
  };
}

export const training = {
  accuracy: 0.84,
  epochs: 2,
  steps: 100,
  batch: 128,
  secondsPerStep: 0.01,
  imagesPerSecond: 10_000,
  seconds: 1,
  stoppedEarly: false,
};

/** Quartiles ±2 %, a best of −3 %. */
export function exampleTiming(seconds: number): Timing {
  return {
    median: seconds,
    lower: seconds * 0.98,
    upper: seconds * 1.02,
    fastest: seconds * 0.97,
    samples: 20,
    callsPerSample: 1,
  };
}

/** A product that takes so long. */
export function examplePerformance(
  seconds: number,
  parts: Partial<PerformanceEntry> = {},
): PerformanceEntry {
  return {
    id: "matmul/f64/512",
    backend,
    group: "matmul",
    label: "A·B, n = 512",
    dtype: "f64",
    status: "measured",
    timing: exampleTiming(seconds),
    rate: { value: 5, unit: "GFLOP/s", shareOfRoof: 0.6, roof: "scalar" },
    ...parts,
  };
}

export function examplePath(seconds: number): PathCost {
  return { timing: exampleTiming(seconds), temporaryBytes: 0, bytesMoved: 100, terms: 1 };
}

export const examplePartition: PartitionEntry = {
  id: "partition/f64/256/block-32",
  backend,
  dtype: "f64",
  size: 256,
  blockSize: 32,
  unblocked: examplePath(0.01),
  cut: examplePath(0.01),
  blocks: examplePath(0.012),
  blockByBlock: examplePath(0.05),
};
