import { type Backend, BlockMatrix, relu } from "@blk/core";
import * as nn from "@blk/nn";
import type { FashionMnist, LabelledImages } from "../data/fashion-mnist.js";
import { standardised, type TrainingResult } from "./fashion-mnist.js";
import type { Workload, WorkloadLimits } from "./workloads.js";

/** A network of `@blk/nn`, and how it learns to tell clothes apart. */
interface Network {
  readonly name: string;
  readonly label: string;
  readonly epochs: number;
  readonly rate: number;
  /** Rows of the input that are one image, and columns. */
  readonly rows: number;
  readonly cols: number;
  /** Share of the 10,000 held-out images that it names rightly at least, having learned from 60,000. */
  readonly least: number;
  model(backend: Backend, random: nn.Random): nn.Module;
}

const classes = 10;
const batch = 128;

const networks: readonly Network[] = [
  {
    name: "mlp",
    label: "784-512-256-10 network",
    epochs: 6,
    rate: 1e-3,
    rows: 1,
    cols: 784,
    least: 0.885,
    model: (backend, random) =>
      nn.sequential(
        nn.linear({ backend, inputs: 784, outputs: 512, activation: relu, random }),
        nn.linear({ backend, inputs: 512, outputs: 256, activation: relu, random }),
        nn.linear({ backend, inputs: 256, outputs: classes, random }),
      ),
  },
  {
    name: "block-sparse-mlp",
    label: "784-512-256-10 network with a quarter of the blocks of its weights",
    epochs: 10,
    rate: 2e-3,
    rows: 1,
    cols: 784,
    // Within 1½ points of the dense one.
    least: 0.87,
    model: (backend, random) => {
      // Rows of an image are 28 pixels: a block reads one of them.
      const sparse = { backend, random, activation: relu, pattern: { density: 0.25 } };
      return nn.sequential(
        nn.blockSparseLinear({
          ...sparse,
          inputs: 784,
          outputs: 512,
          blockRows: 56,
          blockCols: 64,
        }),
        nn.blockSparseLinear({
          ...sparse,
          inputs: 512,
          outputs: 256,
          blockRows: 64,
          blockCols: 64,
        }),
        nn.linear({ backend, inputs: 256, outputs: classes, random }),
      );
    },
  },
];

/** The trainings of all networks. */
export function networkWorkloads(): readonly Workload[] {
  return networks.map((network) => ({
    id: `workload/${network.name}`,
    label: `${network.label} on Fashion-MNIST, Adam, batch ${batch}, by @blk/nn`,
    when: "asked",
    async run(backend, { images }, limits) {
      const training = await train(network, backend, images, limits);
      return { data: images.source, training, problem: problemOf(network, training, images) };
    },
  }));
}

function problemOf(
  network: Network,
  { accuracy, stoppedEarly }: TrainingResult,
  { train: { count } }: FashionMnist,
): string | undefined {
  // The smaller set teaches less.
  const least = count >= 60_000 ? network.least : network.least - 0.05;
  if (stoppedEarly || accuracy >= least) return undefined;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return `it names only ${percent(accuracy)} of the held-out images rightly, where ${percent(least)} are reached at least`;
}

async function train(
  network: Network,
  backend: Backend,
  data: FashionMnist,
  { seconds, onEpoch }: WorkloadLimits,
): Promise<TrainingResult> {
  const random = new nn.Random(1);
  const model = network.model(backend, random);
  const [train, test] = [data.train, data.test].map((images) => matrices(network, backend, images));
  const { epochs } = network;
  const steps = epochs * Math.ceil(data.train.count / batch);
  const rate = nn.cosineRate({ rate: network.rate, steps, warmUp: Math.round(steps / 50) });
  const optimiser = nn.adam(model.parameters, { rate });
  const stop = new AbortController();
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  let last = 0;
  try {
    const result = await nn.fit(model, train as nn.MatrixData, {
      ...{ epochs, batchSize: batch, optimiser, random, loss: nn.softmaxCrossEntropy },
      validation: test as nn.MatrixData,
      signal: stop.signal,
      onProgress: ({ epoch }) => {
        if (epoch > last) onEpoch(epoch, epochs);
        last = epoch;
        if (elapsed() >= seconds) stop.abort();
      },
    });
    const total = elapsed();
    const { accuracy = Number.NaN } = result.epochs.at(-1)?.validation ?? {};
    return {
      accuracy,
      ...{ epochs: result.epochs.length, steps: result.steps, batch },
      secondsPerStep: total / result.steps,
      imagesPerSecond: (result.steps * batch) / total,
      seconds: total,
      stoppedEarly: result.stopped,
    };
  } finally {
    optimiser.dispose();
    nn.disposeModule(model);
    for (const matrix of [train, test].flatMap((each) => [each?.inputs, each?.targets])) {
      matrix?.dispose();
    }
  }
}

/** Standardised pixels, and classes as a column. */
function matrices(
  { rows, cols }: Network,
  backend: Backend,
  images: LabelledImages,
): nn.MatrixData {
  const { count, labels } = images;
  const pixels = standardised(images, 0, count).images;
  return {
    inputs: BlockMatrix.fromArray(backend, pixels, { rows: count * rows, cols }),
    targets: BlockMatrix.fromArray(backend, Int32Array.from(labels), { rows: count, cols: 1 }),
    rowsPerSample: rows,
  };
}
