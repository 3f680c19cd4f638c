import { wasm } from "@blk/backend-wasm";
import type { Backend } from "@blk/core";
import { withBackends } from "../src/backends.js";
import { contractCases } from "../src/conformance-cases.js";
import { loadFashionMnist } from "../src/data/fashion-mnist.js";
import { loadDiabetes } from "../src/data/table.js";
import type { Report } from "../src/report.js";
import { measureRoofs } from "../src/roof.js";
import { runBackends } from "../src/run-backends.js";
import { limitsOf, type Selection } from "../src/selection.js";
import { benchCases } from "../src/workloads/index.js";
import { changedBackend } from "./changed-backend.js";
import { exampleReport, exampleTiming } from "./example-report.js";

const fast = wasm({ threads: 1 });
/** Doubles what it reads: right only where that is zero. */
const doubling = changedBackend("doubling", (backend) => ({
  read: async (view) => (await backend.read(view)).map((x) => 2 * x) as Float64Array,
  hostMemory: undefined as never,
}));

const timed = new Set([
  ...["matmul/f32/8", "matmul/f32/16", "elementwise/f32/add/16"],
  ...[1, 10, 100].map((percent) => `block-sparse/f32/density-${percent}`),
]);

const selection: Selection = {
  // Some cases of some operations.
  conformance: ["multiply", "map", "reduce"].flatMap((operation) =>
    contractCases()
      .filter((each) => each.operation === operation && each.dtype === "f32")
      .slice(20, 30),
  ),
  performance: benchCases().filter(({ id }) => timed.has(id)),
  partition: [{ id: "partition/f64/64/block-32", blockSize: 32 }],
  workload: ["workload/fashion-mnist", "workload/ridge", "workload/compression"],
  ...{ compared: [], training: [], related: [] },
};

/**
 * A report with something in each of its parts, of a backend that is right and one that is wrong:
 * measured now, in a few seconds, but for the figures of other libraries and the goals.
 */
export async function fullReport(): Promise<Report> {
  const providers = [fast, doubling];
  const [images, table] = await Promise.all([
    loadFashionMnist({ split: "bundled" }),
    loadDiabetes(),
  ]);
  const limits = {
    ...limitsOf({ quick: true }),
    ...{ performance: 3, partition: 0.4, partitionSize: 64, workload: 2, images: 512 },
  };
  const emit = (): void => undefined;
  const isChosen = (): boolean => true;
  return withBackends(providers, isChosen, emit, async ({ opened, entries: backends }) => {
    const { roofs } = measureRoofs(0.2);
    const inputs = { providers, limits, roofs, data: { images, table }, emit };
    const [right, wrong] = opened as [Backend, Backend];
    const { lost: _, ...all } = await runBackends({ ...inputs, opened: [right], selection });
    const checked = { ...selection, partition: [], workload: [] };
    const other = await runBackends({ ...inputs, opened: [wrong], selection: checked });
    return {
      ...{ ...exampleReport(), backends, roofs, ...all, ...otherLibraries() },
      conformance: [...all.conformance, ...other.conformance],
      performance: [...all.performance, ...other.performance],
    };
  });
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
        { ...about, contender: "wasm", isPeer: false, status: "measured", timing },
        { ...about, contender: "other", isPeer: true, status: "measured", timing },
        { ...about, contender: "third", isPeer: true, status: "wrong", message: "3 instead of 2" },
      ],
      ratios: [{ ...about, backend: "wasm", peer: "other", ratio: 1, headline: false }],
    },
    goals: [
      {
        ...{ id: "call", backend: "wasm", label: "a call", unit: "s", sense: "at most" },
        ...{ goal: 1e-6, value: 2e-6, met: false },
        items: [{ label: "n = 1", value: 2e-6, ours: 2e-6 }],
      },
    ],
  };
}
