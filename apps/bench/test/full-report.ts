import { js } from "@blk/backend-js";
import { openBackend } from "@blk/core";
import { contractCases } from "../src/conformance-cases.js";
import { loadFashionMnist } from "../src/data/fashion-mnist.js";
import { loadDiabetes } from "../src/data/table.js";
import type { Report } from "../src/report.js";
import { run } from "../src/run.js";
import { compress } from "../src/workloads/compression.js";
import { trainFashionMnist } from "../src/workloads/fashion-mnist.js";
import { regress } from "../src/workloads/ridge.js";
import { changedBackend } from "./changed-backend.js";
import { exampleTiming } from "./example-report.js";

/** Doubles what it reads: right only where that is zero. */
const doubling = changedBackend("doubling", (backend) => ({
  read: async (view) => (await backend.read(view)).map((x) => 2 * x) as Float64Array,
  hostMemory: undefined as never,
}));

/** Some cases of some operations. */
const conformance = ["multiply", "map", "reduce"].flatMap((operation) =>
  contractCases()
    .filter((each) => each.operation === operation && each.dtype === "f32")
    .slice(20, 30),
);

/**
 * A report with something in each of its parts: measured now, in a few seconds, but for the figures of
 * other libraries and the goals.
 */
export async function fullReport(): Promise<Report> {
  const providers = [js(), doubling];
  const options = { quick: true, peers: false };
  const tested = await run({
    options: { ...options, cases: "conformance/" },
    providers,
    conformance,
  });
  const only = new Set([
    ...["matmul/f32/8", "matmul/f32/16", "elementwise/f32/add/16", "partition/f64/256/block-64"],
    ...[1, 10, 100].map((percent) => `block-sparse/f32/density-${percent}`),
  ]);
  const report = await run({ options, only, providers, conformance });
  return {
    ...report,
    ...otherLibraries(),
    conformance: tested.conformance,
    workload: await work(),
  };
}

async function work(): Promise<Report["workload"]> {
  await using backend = await openBackend([js()]);
  const [images, table] = await Promise.all([
    loadFashionMnist({ split: "bundled" }),
    loadDiabetes(),
  ]);
  const about = { backend: backend.name, status: "measured" } as const;
  const options = { images: 512, trainCount: 512 };
  const training = await trainFashionMnist(backend, images, options);
  return [
    { ...about, id: "workload/fashion-mnist", label: "a network", data: images.source, training },
    { ...about, id: "workload/ridge", label: "ridge", ridge: await regress(backend, table) },
    {
      ...{ ...about, id: "workload/compression", label: "a picture" },
      compression: await compress(backend, images.test),
    },
  ];
}

function otherLibraries(): Pick<Report, "peers" | "goals"> {
  const about = { id: "matmul/f32/16", label: "A·B, n = 16", dtype: "f32", threads: 1 };
  const timing = exampleTiming(1e-5);
  return {
    peers: {
      libraries: [
        { name: "other", ran: true },
        { name: "absent", ran: false, reason: "no network" },
      ],
      results: [
        { ...about, contender: "js", isPeer: false, status: "measured", timing },
        { ...about, contender: "other", isPeer: true, status: "measured", timing },
        { ...about, contender: "third", isPeer: true, status: "wrong", message: "3 instead of 2" },
      ],
      ratios: [{ ...about, backend: "js", peer: "other", ratio: 1, headline: false }],
    },
    goals: [
      {
        ...{ id: "calls", backend: "js", label: "a call", unit: "s", sense: "at most", goal: 1e-6 },
        ...{ value: 2e-6, met: false, items: [{ label: "n = 1", value: 2e-6, ours: 2e-6 }] },
      },
    ],
  };
}
