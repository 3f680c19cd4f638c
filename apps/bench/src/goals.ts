import { blockedFactorisations, coresId } from "./families.js";
import { Figures, type MeasuredReport } from "./figures.js";
import type { FactorisationKind } from "./peers/index.js";
import { densities } from "./workloads/block-sparse.js";
import { factorisationId } from "./workloads/factorisation.js";
import { inferenceId } from "./workloads/inference.js";
import { batchSizes, thinShapes } from "./workloads/matmul.js";
import { convolutionalId, sharedTrainingIds, trainingIds } from "./workloads/training-step.js";

/** One figure that a goal is about. */
export interface GoalItem {
  readonly label: string;
  /** Of the fastest samples. */
  readonly value: number;
  /** The same of the medians: what a busy machine makes of it. */
  readonly ofMedians?: number;
  /** Seconds of ours, and what they are compared with. */
  readonly ours?: number;
  readonly other?: string;
  /** Seconds of the other. */
  readonly theirs?: number;
}

/** A goal and how close the figures come to it. */
export interface GoalResult {
  readonly id: string;
  /** Whose figures these are. */
  readonly backend: string;
  readonly label: string;
  readonly unit: "×" | "share" | "s";
  readonly sense: "at least" | "at most";
  /** Absent where a figure is only shown. */
  readonly goal?: number;
  /** The worst of the items; absent where none was measured. */
  readonly value?: number;
  readonly met?: boolean;
  readonly items: readonly GoalItem[];
}

export interface Goal extends Pick<GoalResult, "id" | "label" | "unit" | "sense"> {
  readonly goal?: number | ((figures: Figures) => number);
  readonly items: (figures: Figures) => readonly GoalItem[];
}

const large = [256, 512, 1024, 2048];
const odd = [
  ...[127, 251, 509, 1021].map((n) => `matmul/f32/${n}`),
  ...thinShapes.map((shape) => `matmul/f32/thin/${shape.join("x")}`),
];

/** How many times as fast as ml-matrix. */
const factorisationGoals: Readonly<Record<FactorisationKind, number>> = {
  cholesky: 10,
  "lu-solve": 8,
  qr: 10,
  "symmetric-eigen": 8,
  svd: 10,
};

/** What is to be reached, one thread unless it says otherwise. */
const goals: readonly Goal[] = [
  {
    id: "products-beside-peers",
    label: "f32 A·B, n = 256 … 2048, beside the best other library",
    ...{ unit: "×", sense: "at least", goal: ({ fused }) => (fused ? 1.4 : 1.25) },
    items: (figures) => figures.besidePeers(large.map((n) => `matmul/f32/${n}`)),
  },
  {
    id: "products-roof",
    label: "f32 A·B, n = 256 … 2048, of the 128-bit multiply-add roof",
    ...{ unit: "share", sense: "at least", goal: ({ fused }) => (fused ? 0.9 : 0.85) },
    items: (figures) =>
      large.flatMap((n) => figures.shareOfRoof(`products/${n}`, `matmul/f32/${n}`)),
  },
  {
    id: "transposes",
    label: "Aᵀ, Bᵀ, windows: time over that of A·B of the size",
    ...{ unit: "×", sense: "at most", goal: 1.08 },
    items: (figures) =>
      [256, 512, 1024].flatMap((n) =>
        ["nt", "tn", "tt", "window"].flatMap((kind) =>
          figures.timeOver(`products/${n}`, `matmul/f32/${kind}/${n}`, `matmul/f32/${n}`),
        ),
      ),
  },
  {
    id: "batches",
    label: "batches of 2 … 64: time of a product over that of A·B alone",
    ...{ unit: "×", sense: "at most", goal: 1.08 },
    items: (figures) =>
      [64, 128].flatMap((n) =>
        batchSizes.flatMap((count) =>
          figures.timeOver(
            `batches/${n}`,
            `matmul/f32/batch-${count}/${n}`,
            `matmul/f32/${n}`,
            count,
          ),
        ),
      ),
  },
  {
    id: "odd-sizes",
    label: "odd and thin sizes, beside the best other library",
    ...{ unit: "×", sense: "at least", goal: 0.7 },
    items: (figures) => figures.besidePeers(odd),
  },
  {
    id: "odd-sizes-ahead",
    label: "of these, the share where we are the fastest",
    ...{ unit: "share", sense: "at least", goal: 0.5 },
    items(figures) {
      const all = figures.besidePeers(odd);
      const ahead = all.filter(({ value }) => value >= 1).length;
      return all.length === 0
        ? []
        : [{ label: `${ahead} of ${all.length}`, value: ahead / all.length }];
    },
  },
  {
    id: "matrix-vector",
    label: "matrix times vector, of the copy probe's bytes a second",
    ...{ unit: "share", sense: "at least", goal: 0.8 },
    items: (figures) =>
      ["row-times-matrix", "matrix-times-column"].flatMap((kind) =>
        figures.shareOfRoof("memory", `matmul/f32/${kind}/4096`),
      ),
  },
  {
    id: "small-products",
    label: "f32 A·B, n = 8 … 64, beside the best other library",
    ...{ unit: "×", sense: "at least", goal: 1 },
    items: (figures) => figures.besidePeers([8, 16, 31, 32, 64].map((n) => `matmul/f32/${n}`)),
  },
  {
    id: "product-64",
    label: "f32 A·B, n = 64, beside the best other library",
    ...{ unit: "×", sense: "at least", goal: 1.5 },
    items: (figures) => figures.besidePeers(["matmul/f32/64"]),
  },
  {
    id: "call",
    label: "a call's fixed cost, n = 1, memory reused",
    ...{ unit: "s", sense: "at most", goal: 2e-6 },
    items: (figures) => figures.time("calls", "call/f32/multiply/1"),
  },
  {
    id: "call-matmul",
    label: "the same through matmul(a, b, { out })",
    ...{ unit: "s", sense: "at most" },
    items: (figures) => figures.time("calls", "call/f32/matmul-out/1"),
  },
  {
    id: "f64",
    label: "f64 A·B, n = 256 … 2048: speed over that of f32",
    ...{ unit: "×", sense: "at least", goal: 0.5 },
    items: (figures) =>
      large.flatMap((n) =>
        figures.speedOver(`products/${n}`, `matmul/f64/${n}`, `matmul/f32/${n}`),
      ),
  },
  {
    id: "f64-beside-peers",
    label: "f64 A·B, n ≥ 256, beside ml-matrix",
    ...{ unit: "×", sense: "at least", goal: 15 },
    items: (figures) => figures.besidePeers(large.map((n) => `matmul/f64/${n}`)),
  },
  {
    id: "threads",
    label: "more threads, n ≥ 512: speed over that of one",
    ...{ unit: "×", sense: "at least", goal: 1.8 },
    items: (figures) =>
      [512, 1024, 2048].flatMap((n) => figures.threadsOver("threads", `matmul/f32/${n}`)),
  },
  {
    id: "threads-training",
    label: "more threads, training step by @blk/nn: speed over that of one",
    ...{ unit: "×", sense: "at least", goal: 1.6 },
    items: (figures) =>
      sharedTrainingIds.flatMap((id) => figures.threadsOver("threads/training", id)),
  },
  {
    id: "threads-cores",
    label: "more threads, small products: what the machine's cores give",
    ...{ unit: "×", sense: "at least" },
    items: (figures) =>
      [
        ["threads", "products"],
        ["threads/training", "training steps"],
      ].flatMap(([family, others]) =>
        figures
          .threadsOver(family as string, coresId)
          .map((item) => ({ ...item, label: `${item.label}, in turns with ${others}` })),
      ),
  },
  {
    id: "block-sparse",
    label: "block-sparse: time over density · dense time / 0.85 + a call",
    ...{ unit: "×", sense: "at most", goal: 1 },
    items: (figures) =>
      [32, 64].flatMap((block) =>
        densities.flatMap((percent) => {
          const id = `block-sparse/f32/1024/block-${block}/density-${percent}`;
          return figures.sparseOver("block-sparse/1024", id, "matmul/f32/1024");
        }),
      ),
  },
  {
    id: "memory",
    label: "map of 3 operands, sum, softmax: of the copy probe's bytes a second",
    ...{ unit: "share", sense: "at least", goal: 0.8 },
    items: (figures) =>
      [
        ...[1024, 2048].map((n) => `elementwise/f32/multiply-add/${n}`),
        "reduction/f32/sum-per-row/1024",
        ...["row", "column", "matrix"].map((per) => `reduction/f32/sum-per-${per}/4096x1024`),
        ...["1024x1024", "4096x1024"].map((size) => `softmax/f32/${size}`),
      ].flatMap((id) => figures.shareOfRoof("memory", id)),
  },
  {
    id: "softmax-beside-peers",
    label: "softmax, beside the best other library",
    ...{ unit: "×", sense: "at least", goal: 1.2 },
    items: (figures) => figures.besidePeers(["softmax/f32/1024x1024", "softmax/f32/4096x1024"]),
  },
  {
    id: "training",
    label: "training step on real data, beside TensorFlow.js wasm",
    ...{ unit: "×", sense: "at least", goal: 6 },
    items: (figures) => figures.besidePeers(trainingIds, "TensorFlow.js wasm"),
  },
  {
    id: "training-nn",
    label: "training step by @blk/nn, beside TensorFlow.js wasm",
    ...{ unit: "×", sense: "at least", goal: 7 },
    items: (figures) =>
      figures.besidePeers(
        trainingIds.filter((id) => id.endsWith("/nn")),
        "TensorFlow.js wasm",
      ),
  },
  {
    id: "training-convolutional",
    label: "training step of a network with convolutions, beside the fastest library that has it",
    ...{ unit: "×", sense: "at least", goal: 10 },
    items: (figures) => figures.besidePeers([convolutionalId]),
  },
  {
    id: "inference",
    label: "scores of a network of dense layers, beside TensorFlow.js wasm",
    ...{ unit: "×", sense: "at least", goal: 1.3 },
    items: (figures) => figures.besidePeers([inferenceId], "TensorFlow.js wasm"),
  },
  ...Object.entries(factorisationGoals).map(
    ([kind, goal]): Goal => ({
      id: `linalg-${kind}`,
      label: `${kind}, f64, n = 512, beside ml-matrix`,
      ...{ unit: "×", sense: "at least", goal },
      items: (figures) => figures.besidePeers([factorisationId(kind as FactorisationKind, 512)]),
    }),
  ),
  {
    id: "linalg-products",
    label: "factorisations, f64, n = 1024: speed over that of A·B",
    ...{ unit: "×", sense: "at least", goal: 0.5 },
    items: (figures) =>
      blockedFactorisations.flatMap((kind) =>
        figures.rateOver("linalg/1024", factorisationId(kind, 1024), "matmul/f64/1024"),
      ),
  },
  {
    id: "open",
    label: "openBackend",
    ...{ unit: "s", sense: "at most", goal: 0.06 },
    items: (figures) => figures.openTime(),
  },
];

/** How close the figures of a report come to the goals; no backend, no goals. */
export function goalsOf(
  report: MeasuredReport,
  backend: string | undefined,
): readonly GoalResult[] {
  return backend === undefined ? [] : reached(goals, report, backend);
}

/** How close the figures of a backend come to these goals. */
export function reached(
  wanted: readonly Goal[],
  report: MeasuredReport,
  backend: string,
): readonly GoalResult[] {
  const figures = new Figures(report, backend);
  return wanted.map(({ id, label, unit, sense, goal: stated, items: itemsOf }) => {
    const goal = typeof stated === "function" ? stated(figures) : stated;
    const items = itemsOf(figures);
    const worst = sense === "at least" ? Math.min : Math.max;
    const value = worst(...items.map((item) => item.value));
    const about = { id, backend, label, unit, sense, ...(goal !== undefined && { goal }), items };
    if (items.length === 0) return about;
    if (goal === undefined) return { ...about, value };
    return { ...about, value, met: sense === "at least" ? value >= goal : value <= goal };
  });
}
