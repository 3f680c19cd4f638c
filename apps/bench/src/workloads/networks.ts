import { argmax, type Backend, BlockMatrix, relu, scope, window } from "@blk/core";
import * as nn from "@blk/nn";
import type { FashionMnist, LabelledImages } from "../data/fashion-mnist.js";
import { convolutionLayers } from "./autograd-step.js";
import { standardised, type TrainingResult } from "./fashion-mnist.js";
import { isDue, type LossPoint, mistakesOf, shareOfRight } from "./judge.js";
import type { Workload, WorkloadLimits } from "./workloads.js";

/** A network of `@blk/nn`, and how it learns to tell clothes apart. */
interface Network {
  readonly name: string;
  readonly label: string;
  readonly epochs: number;
  readonly rate: number;
  /** Share of the 10,000 held-out images that it names rightly at least, having learned from 60,000. */
  readonly least: number;
  /** Takes images as rows of 784 numbers. */
  model(backend: Backend, random: nn.Random): nn.Module;
}

const classes = 10;
const batch = 128;
const side = 28;

const networks: readonly Network[] = [
  {
    name: "mlp",
    label: "784-512-256-10 network",
    epochs: 6,
    rate: 1e-3,
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
    epochs: 6,
    rate: 2e-3,
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
  {
    name: "cnn",
    label: "two convolutions of 16 and 32 channels and 1568-128-10",
    epochs: 4,
    rate: 2e-3,
    least: 0.905,
    model: (backend, random) => {
      const shared = { backend, random };
      return nn.sequential(
        ...convolutionLayers(shared, { side, channels: [1, 16, 32] }),
        nn.linear({ ...shared, inputs: 1568, outputs: 128, activation: relu }),
        nn.linear({ ...shared, inputs: 128, outputs: classes }),
      );
    },
  },
  {
    name: "transformer",
    label: "two transformer blocks that read the 28 lines of an image",
    epochs: 3,
    rate: 1e-3,
    least: 0.86,
    model: (backend, random) => {
      const width = 64;
      const block = { backend, width, heads: 4, hidden: 128, random };
      const first = random.normal(side * width, 0.02);
      const shape = { rows: 1, cols: side * width };
      const places = nn.parameter(BlockMatrix.fromArray(backend, Float32Array.from(first), shape));
      const asLines = nn.linear({ backend, inputs: side, outputs: width, random });
      const asImages = (x: nn.Variable): nn.Variable =>
        nn.reshape(x, { rows: x.rows / side, cols: side * x.cols });
      const cutByImages = (x: nn.Variable): nn.Variable =>
        nn.reshape(x, { rows: x.rows * side, cols: x.cols / side, blockRows: side });
      return nn.sequential(
        cutByImages,
        asLines,
        // A number for each place and column, the same in every image.
        {
          kind: "places",
          parameters: [{ name: "weight", variable: places }],
          forward: (x) => cutByImages(nn.add(asImages(nn.asVariable(x)), places)),
        },
        nn.transformerBlock(block),
        nn.transformerBlock(block),
        nn.layerNorm({ backend, width }),
        asImages,
        nn.linear({ backend, inputs: side * width, outputs: classes, random }),
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
    trains: true,
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
  { seconds, onEpoch, onLoss, signal }: WorkloadLimits,
): Promise<TrainingResult> {
  const random = new nn.Random(1);
  const model = network.model(backend, random);
  const [train, test] = [matrices(backend, data.train), matrices(backend, data.test)];
  const { epochs } = network;
  const steps = epochs * Math.ceil(data.train.count / batch);
  const rate = nn.cosineRate({ rate: network.rate, steps, warmUp: Math.round(steps / 50) });
  const optimiser = nn.adam(model.parameters, { rate });
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  if (signal?.aborted) stop.abort();
  signal?.addEventListener("abort", onAbort);
  const losses: LossPoint[] = [];
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  try {
    const result = await nn.fit(model, train, {
      ...{ epochs, batchSize: batch, optimiser, random, loss: nn.softmaxCrossEntropy },
      validation: test,
      signal: stop.signal,
      onProgress: ({ epoch, step, steps: ofEpoch, loss, result: ended }) => {
        onEpoch(epoch, epochs);
        const images = ((epoch - 1) * ofEpoch + step) * batch;
        const due = ended !== undefined || isDue(losses, images, steps * batch);
        if (loss !== undefined && due) {
          losses.push({ images, loss });
          onLoss?.({ images, loss });
        }
        if (elapsed() >= seconds) stop.abort();
      },
    });
    const total = elapsed();
    // Only whole epochs were judged: what was stopped has learned more since, or in its first epoch.
    const count = result.stopped ? test.inputs.rows : judged;
    const guesses = await guessesOf(model, test.inputs, count);
    const { accuracy = Number.NaN } = result.epochs.at(-1)?.validation ?? {};
    return {
      accuracy: result.stopped ? shareOfRight(guesses, data.test.labels) : accuracy,
      ...{ epochs: result.epochs.length, steps: result.steps, batch },
      secondsPerStep: total / result.steps,
      imagesPerSecond: (result.steps * batch) / total,
      seconds: total,
      stoppedEarly: result.stopped,
      losses,
      mistakes: mistakesOf(data.test, guesses, data.classNames),
    };
  } finally {
    signal?.removeEventListener("abort", onAbort);
    optimiser.dispose();
    nn.disposeModule(model);
    for (const { inputs, targets } of [train, test]) {
      inputs.dispose();
      targets.dispose();
    }
  }
}

/** Of so many held-out images, those that are named wrongly are looked for. */
const judged = 512;

/** What the network takes the first `count` images for, so many at once as are judged anyway. */
async function guessesOf(
  model: nn.Module,
  inputs: BlockMatrix,
  count: number,
): Promise<readonly number[]> {
  const all: number[] = [];
  for (let first = 0; first < Math.min(count, inputs.rows); first += judged) {
    const rows = Math.min(judged, count - first, inputs.rows - first);
    const guesses = scope(() => {
      const images = window(inputs, first, 0, rows, inputs.cols);
      return argmax(
        nn.noGrad(() => model.forward(images).value),
        { per: "row" },
      );
    });
    try {
      all.push(...Array.from(await guesses.toArray()));
    } finally {
      guesses.dispose();
    }
  }
  return all;
}

/** Standardised pixels, a row for each image, and classes as a column. */
function matrices(backend: Backend, images: LabelledImages): nn.MatrixData {
  const { count: rows, labels } = images;
  const pixels = standardised(images, 0, rows).images;
  return {
    inputs: BlockMatrix.fromArray(backend, pixels, { rows, cols: side * side }),
    targets: BlockMatrix.fromArray(backend, Int32Array.from(labels), { rows, cols: 1 }),
  };
}
