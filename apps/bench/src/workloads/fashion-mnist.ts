import {
  argmax,
  type Backend,
  BlockMatrix,
  block,
  expr,
  map,
  matmul,
  relu,
  scope,
  softmax,
  sum,
} from "@blk/core";
import type { FashionMnist, LabelledImages } from "../data/fashion-mnist.js";
import { summarize } from "../measure.js";
import { Random } from "../random.js";

export interface TrainingOptions {
  /** Training goes on for whole epochs until it has seen so many images. Default: 80,000. */
  readonly images?: number;
  /** Training ends with the step in which this time is over. */
  readonly seconds?: number;
  /** Uses only so many images of the training set. */
  readonly trainCount?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly onEpoch?: (epoch: number, epochs: number) => void;
}

export interface TrainingResult {
  /** Share of the held-out images that are named rightly. */
  readonly accuracy: number;
  readonly epochs: number;
  readonly steps: number;
  readonly batch: number;
  readonly secondsPerStep: number;
  readonly imagesPerSecond: number;
  /** Of the training, without loading and judging. */
  readonly seconds: number;
  /** Whether the time limit ended it. */
  readonly stoppedEarly: boolean;
}

const pixels = 784;
const classes = 10;
const hidden = 128;
/** Falls from step to step along half a cosine (Loshchilov & Hutter, 2017). */
const highestRate = 0.05;
const momentum = 0.9;
/** Mean and standard deviation of the training images' pixels. */
const pixelMean = 0.286;
const pixelDeviation = 0.353;

/** relu(x·w1 + b1)·w2 + b2 */
type Network = Readonly<Record<"w1" | "b1" | "w2" | "b2", BlockMatrix>>;

/**
 * Trains a network of two layers, 784-128-10, to tell clothes apart, with nothing but matmul, map,
 * sum and softmax. A batch is a block of a row partition: a view, never a copy.
 */
export async function trainFashionMnist(
  backend: Backend,
  data: FashionMnist,
  options: TrainingOptions = {},
): Promise<TrainingResult> {
  const { images: wanted = 80_000, seconds = 30, batch = 128, seed = 1 } = options;
  const trainCount = Math.min(options.trainCount ?? data.train.count, data.train.count);
  const epochs = Math.ceil(wanted / trainCount);
  const random = new Random(seed);
  const train = matrices(backend, data.train, trainCount, batch);
  const rates = fallingRates(backend, epochs * train.images.rowPartition.count);
  let network = initial(backend, random);
  let velocity = still(backend);
  const times: number[] = [];
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  let epoch = 0;
  let images = 0;
  try {
    for (; epoch < epochs && elapsed() < seconds; epoch++) {
      options.onEpoch?.(epoch + 1, epochs);
      for (const i of random.order(train.images.rowPartition.count)) {
        if (elapsed() >= seconds) break;
        const begin = performance.now();
        const batchOf = (of: BlockMatrix): BlockMatrix => block(of, i, 0);
        const state = { network, velocity };
        const next = step(
          state,
          batchOf(train.images),
          batchOf(train.labels),
          block(rates, times.length, 0),
        );
        await backend.finish();
        times.push((performance.now() - begin) / 1000);
        images += train.images.rowPartition.length(i);
        free(network);
        free(velocity);
        ({ network, velocity } = next);
      }
    }
    const total = elapsed();
    return {
      accuracy: await accuracy(backend, network, data.test),
      epochs: epoch,
      steps: times.length,
      batch,
      secondsPerStep: summarize(times).median,
      imagesPerSecond: images / total,
      seconds: total,
      stoppedEarly: times.length < epochs * train.images.rowPartition.count,
    };
  } finally {
    free(network);
    free(velocity);
    free({ ...train, rates });
  }
}

/** What training changes. */
interface State {
  readonly network: Network;
  readonly velocity: Network;
}

/** Forward, backward, and one step of gradient descent with momentum. */
function step(
  { network, velocity }: State,
  x: BlockMatrix,
  y: BlockMatrix,
  rate: BlockMatrix,
): State {
  return scope(() => {
    const h = matmul(x, network.w1, { bias: network.b1, activation: relu });
    const p = softmax(matmul(h, network.w2, { bias: network.b2 }));
    // The gradient of the mean cross-entropy by the scores is (p − y) / batch.
    const dScores = map([p, y], (p, y) => expr.div(expr.sub(p, y), x.rows));
    const dHidden = matmul(dScores, network.w2, {
      transposeB: true,
      operands: [h],
      epilogue: (gradient, h) => expr.select(expr.less(0, h), gradient, 0),
    });
    const gradient: Network = {
      w1: matmul(x, dHidden, { transposeA: true }),
      b1: sum(dHidden, { per: "column" }),
      w2: matmul(h, dScores, { transposeA: true }),
      b2: sum(dScores, { per: "column" }),
    };
    const faster = each((name) =>
      map([velocity[name], gradient[name]], (v, g) => expr.add(expr.mul(momentum, v), g)),
    );
    const better = each((name) =>
      map([network[name], faster[name], rate], (w, v, rate) => expr.sub(w, expr.mul(rate, v))),
    );
    return { network: better, velocity: faster };
  });
}

async function accuracy(backend: Backend, network: Network, test: LabelledImages): Promise<number> {
  const { images, labels } = matrices(backend, test, test.count, test.count);
  const guesses = scope(() => {
    const h = matmul(images, network.w1, { bias: network.b1, activation: relu });
    return argmax(matmul(h, network.w2, { bias: network.b2 }), { per: "row" });
  });
  try {
    const named = await guesses.toArray();
    return named.filter((guess, i) => guess === test.labels[i]).length / test.count;
  } finally {
    free({ images, labels, guesses });
  }
}

/** Images as rows of 784 standardised numbers, labels as rows with a single 1; cut into batches. */
function matrices(
  backend: Backend,
  { images, labels }: LabelledImages,
  count: number,
  batch: number,
): { readonly images: BlockMatrix; readonly labels: BlockMatrix } {
  const oneHot = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) oneHot[i * classes + (labels[i] as number)] = 1;
  const scaled = Float32Array.from(
    images.subarray(0, count * pixels),
    (pixel) => (pixel / 255 - pixelMean) / pixelDeviation,
  );
  const rows = { rows: count, blockRows: batch };
  return {
    images: BlockMatrix.fromArray(backend, scaled, { ...rows, cols: pixels }),
    labels: BlockMatrix.fromArray(backend, oneHot, { ...rows, cols: classes }),
  };
}

/** The rate of each step, as a column of 1×1 blocks. */
function fallingRates(backend: Backend, steps: number): BlockMatrix {
  const rates = Float32Array.from(
    { length: steps },
    (_, i) => (highestRate / 2) * (1 + Math.cos((Math.PI * i) / steps)),
  );
  return BlockMatrix.fromArray(backend, rates, { rows: steps, cols: 1, blockRows: 1 });
}

/** Weights by He et al. (2015), biases zero. */
function initial(backend: Backend, random: Random): Network {
  const weights = (rows: number, cols: number): BlockMatrix => {
    const data = random.values("f32", rows * cols, Math.sqrt(6 / rows));
    return BlockMatrix.fromArray(backend, data, { rows, cols });
  };
  const { b1, b2, ...unused } = still(backend);
  free(unused);
  return { w1: weights(pixels, hidden), b1, w2: weights(hidden, classes), b2 };
}

function still(backend: Backend): Network {
  const zeros = (rows: number, cols: number): BlockMatrix =>
    BlockMatrix.zeros(backend, { rows, cols });
  return {
    w1: zeros(pixels, hidden),
    b1: zeros(1, hidden),
    w2: zeros(hidden, classes),
    b2: zeros(1, classes),
  };
}

function each(make: (name: keyof Network) => BlockMatrix): Network {
  return { w1: make("w1"), b1: make("b1"), w2: make("w2"), b2: make("b2") };
}

function free(matrices: Readonly<Record<string, BlockMatrix>>): void {
  for (const matrix of Object.values(matrices)) matrix.dispose();
}
