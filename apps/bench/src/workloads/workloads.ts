import type { Backend } from "@blk/core";
import type { FashionMnist } from "../data/fashion-mnist.js";
import type { Table } from "../data/parse-table.js";
import type { When } from "./bench-case.js";
import { type CompressionResult, compress, compressionProblem } from "./compression.js";
import {
  learnedTooLittle,
  type TrainingResult,
  trainFashionMnist,
  wholeTraining,
} from "./fashion-mnist.js";
import type { LossPoint } from "./judge.js";
import { networkWorkloads } from "./networks.js";
import { type RidgeResult, regress, ridgeProblem } from "./ridge.js";

/** Real data. */
export interface WorkloadData {
  readonly images: FashionMnist;
  /** Patients and their illness; absent in a page. */
  readonly table?: Table | undefined;
}

/** What a workload is told. */
export interface WorkloadLimits {
  /** Images that a training sees that every run includes. */
  readonly images: number;
  /** Seconds after which it ends. */
  readonly seconds: number;
  readonly onEpoch: (epoch: number, epochs: number) => void;
  /** Ends it with the step under way; what it has learned until then is judged. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each point of the curve as it is known. */
  readonly onLoss?: (point: LossPoint) => void;
}

/** What came of it; one of the results, unless there is a problem. */
export interface Outcome {
  /** Which data this was. */
  readonly data: string;
  readonly problem?: string | undefined;
  readonly training?: TrainingResult;
  readonly ridge?: RidgeResult;
  readonly compression?: CompressionResult;
}

/** What people do with matrices, from real data to a result that they would look at. */
export interface Workload {
  readonly id: string;
  readonly label: string;
  /** `asked`: it takes minutes, so only runs that name it include it. */
  readonly when: Extract<When, "always" | "asked">;
  /** Whether it is a network that learns. */
  readonly trains?: boolean;
  /** `undefined` where there is no data for it. */
  run(backend: Backend, data: WorkloadData, limits: WorkloadLimits): Promise<Outcome> | undefined;
}

/** Every workload, the proof that blocks alone suffice first. */
export function workloads(): readonly Workload[] {
  return [byBlocksAlone, regression, pictures, ...networkWorkloads()];
}

const byBlocksAlone: Workload = {
  id: "workload/fashion-mnist",
  label: "784-128-10 network on Fashion-MNIST, momentum, batch 128",
  when: "always",
  trains: true,
  async run(backend, { images }, limits) {
    const training = await trainFashionMnist(backend, images, limits);
    const problem = learnedTooLittle(training, limits.images >= wholeTraining);
    return { data: images.source, training, problem };
  },
};

const regression: Workload = {
  id: "workload/ridge",
  label: "ridge regression, each row left out once",
  when: "always",
  run: (backend, { table }) => {
    if (table === undefined) return undefined;
    return regress(backend, table).then((ridge) => ({
      data: `Diabetes, ${table.rows} patients, ${table.names.length} measurements`,
      ridge,
      problem: ridgeProblem(ridge),
    }));
  },
};

const pictures: Workload = {
  id: "workload/compression",
  label: "a picture by its largest singular values",
  when: "always",
  async run(backend, { images }) {
    const compression = await compress(backend, images.test);
    return {
      data: `Fashion-MNIST, 64 held-out images side by side, ${compression.rows}×${compression.cols}`,
      compression,
      problem: compressionProblem(compression),
    };
  },
};
