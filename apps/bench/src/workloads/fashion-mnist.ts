import { argmax, type Backend, BlockMatrix, block, scope } from "@blk/core";
import type { FashionMnist, LabelledImages } from "../data/fashion-mnist.js";
import { summarize } from "../measure.js";
import { Random } from "../random.js";
import { turnTaker } from "../turn.js";
import {
  crossEntropy,
  isDue,
  type LossPoint,
  type Mistake,
  mistakesOf,
  shareOfRight,
} from "./judge.js";
import { gradientOf, type Network, networkOf, scoresOf, shapes, zeroNetwork } from "./network.js";
import { freeState, momentumStep, type TrainingState } from "./optimizers.js";

export interface TrainingOptions {
  /** Training goes on for whole epochs until it has seen so many images. Default: {@link wholeTraining}. */
  readonly images?: number;
  /** Training ends with the step in which this time is over. */
  readonly seconds?: number;
  /** Uses only so many images of the training set. */
  readonly trainCount?: number;
  readonly batch?: number;
  readonly seed?: number;
  /** Ends it likewise; then now and then it lets others have their turn. */
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: (epoch: number, epochs: number) => void;
  readonly onLoss?: ((point: LossPoint) => void) | undefined;
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
  /** Whether the time limit, or a person, ended it. */
  readonly stoppedEarly: boolean;
  /** How the loss fell; absent in older reports. */
  readonly losses?: readonly LossPoint[];
  /** Some of the held-out images that are named wrongly; absent in older reports. */
  readonly mistakes?: readonly Mistake[];
}

/** Images after which a training is whole. */
export const wholeTraining = 80_000;

/** Share of the held-out images that a whole training names rightly, and one of fewer images. */
const leastRight = { whole: 0.83, short: 0.5 };

/** What is wrong with a training that was not ended by the time limit, or `undefined`. */
export function learnedTooLittle(
  { accuracy, stoppedEarly }: Pick<TrainingResult, "accuracy" | "stoppedEarly">,
  isWhole: boolean,
): string | undefined {
  const least = isWhole ? leastRight.whole : leastRight.short;
  if (stoppedEarly || accuracy >= least) return undefined;
  return `it names only ${(100 * accuracy).toFixed(1)} % of the held-out images rightly, where ${100 * least} % are reached at least`;
}

const pixels = 784;
const classes = 10;
const sizes: readonly number[] = [pixels, 128, classes];
/** Falls from step to step along half a cosine (Loshchilov & Hutter, 2017). */
const highestRate = 0.05;
/** Mean and standard deviation of the training images' pixels. */
const pixelMean = 0.286;
const pixelDeviation = 0.353;

/**
 * Trains a network of two layers, 784-128-10, to tell clothes apart, with nothing but matmul, map,
 * sum and softmax. A batch is a block of a row partition: a view, never a copy.
 */
export async function trainFashionMnist(
  backend: Backend,
  data: FashionMnist,
  options: TrainingOptions = {},
): Promise<TrainingResult> {
  const { images: wanted = wholeTraining, seconds = 30, batch = 128, seed = 1, signal } = options;
  const trainCount = Math.min(options.trainCount ?? data.train.count, data.train.count);
  const epochs = Math.ceil(wanted / trainCount);
  const random = new Random(seed);
  const train = matrices(backend, data.train, trainCount, batch);
  const steps = epochs * train.images.rowPartition.count;
  const rates = fallingRates(backend, steps);
  let state: TrainingState = {
    network: networkOf(backend, sizes, initialWeights(sizes, random)),
    moments: [zeroNetwork(backend, sizes)],
  };
  const times: number[] = [];
  const losses: LossPoint[] = [];
  const start = performance.now();
  let judging = 0;
  const elapsed = (): number => (performance.now() - start) / 1000 - judging;
  const turn = signal && turnTaker();
  const isOver = (): boolean => elapsed() >= seconds || signal?.aborted === true;
  let epoch = 0;
  let images = 0;
  try {
    for (; epoch < epochs && !isOver(); epoch++) {
      options.onEpoch?.(epoch + 1, epochs);
      for (const i of random.order(train.images.rowPartition.count)) {
        await turn?.();
        if (isOver()) break;
        const [x, y] = [block(train.images, i, 0), block(train.labels, i, 0)];
        if (isDue(losses, images, epochs * trainCount)) {
          const before = elapsed();
          const first = train.images.rowPartition.start(i);
          const labels = data.train.labels.subarray(first, first + x.rows);
          const point = { images, loss: await lossOf(state.network, x, labels) };
          losses.push(point);
          options.onLoss?.(point);
          judging += elapsed() - before;
        }
        const begin = performance.now();
        const rate = block(rates, times.length, 0);
        const next = scope(() => momentumStep(state, gradientOf(state.network, x, y), rate));
        await backend.finish();
        times.push((performance.now() - begin) / 1000);
        images += train.images.rowPartition.length(i);
        freeState(state);
        state = next;
      }
    }
    const total = elapsed();
    const guesses = await guessesOf(backend, state.network, data.test);
    return {
      accuracy: shareOfRight(guesses, data.test.labels),
      epochs: epoch,
      steps: times.length,
      batch,
      secondsPerStep: summarize(times).median,
      imagesPerSecond: images / total,
      seconds: total,
      stoppedEarly: times.length < steps,
      losses,
      mistakes: mistakesOf(data.test, guesses, data.classNames),
    };
  } finally {
    freeState(state);
    free({ ...train, rates });
  }
}

async function lossOf(network: Network, x: BlockMatrix, labels: Uint8Array): Promise<number> {
  const scores = scoresOf(network, x);
  try {
    return crossEntropy(await scores.toArray(), labels);
  } finally {
    scores.dispose();
  }
}

async function guessesOf(
  backend: Backend,
  network: Network,
  test: LabelledImages,
): Promise<ArrayLike<number>> {
  const { images, labels } = matrices(backend, test, test.count, test.count);
  const guesses = scope(() => argmax(scoresOf(network, images), { per: "row" }));
  try {
    return await guesses.toArray();
  } finally {
    free({ images, labels, guesses });
  }
}

/** Cut into batches. */
function matrices(
  backend: Backend,
  data: LabelledImages,
  count: number,
  batch: number,
): { readonly images: BlockMatrix; readonly labels: BlockMatrix } {
  const { images, labels } = standardised(data, 0, count);
  const rows = { rows: count, blockRows: batch };
  return {
    images: BlockMatrix.fromArray(backend, images, { ...rows, cols: pixels }),
    labels: BlockMatrix.fromArray(backend, labels, { ...rows, cols: classes }),
  };
}

/** Images as rows of 784 standardised numbers, labels as rows with a single 1. */
export function standardised(
  { images, labels }: LabelledImages,
  from: number,
  to: number,
): { readonly images: Float32Array; readonly labels: Float32Array } {
  const oneHot = new Float32Array((to - from) * classes);
  for (let i = from; i < to; i++) oneHot[(i - from) * classes + (labels[i] as number)] = 1;
  const scaled = Float32Array.from(
    images.subarray(from * pixels, to * pixels),
    (pixel) => (pixel / 255 - pixelMean) / pixelDeviation,
  );
  return { images: scaled, labels: oneHot };
}

/** The rate of each step, as a column of 1×1 blocks. */
function fallingRates(backend: Backend, steps: number): BlockMatrix {
  const rates = Float32Array.from(
    { length: steps },
    (_, i) => (highestRate / 2) * (1 + Math.cos((Math.PI * i) / steps)),
  );
  return BlockMatrix.fromArray(backend, rates, { rows: steps, cols: 1, blockRows: 1 });
}

/** Inputs × outputs of each layer, by He et al. (2015). */
export function initialWeights(sizes: readonly number[], random: Random): readonly Float32Array[] {
  return shapes(sizes).map(
    ([rows, cols]) => random.values("f32", rows * cols, Math.sqrt(6 / rows)) as Float32Array,
  );
}

function free(matrices: Readonly<Record<string, BlockMatrix>>): void {
  for (const matrix of Object.values(matrices)) matrix.dispose();
}
