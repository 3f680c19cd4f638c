import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, type Expr, expr, reduce, scope, softmax } from "@blk/core";
import { checkElements } from "../check.js";
import type { FashionMnist } from "../data/fashion-mnist.js";
import type { TrainingSpec } from "../peers/index.js";
import { Random } from "../random.js";
import { prepareAutograd } from "./autograd-step.js";
import type { BenchCase, FloatType, Prepared } from "./bench-case.js";
import { initialWeights, standardised } from "./fashion-mnist.js";
import { gradientOf, type Network, networkOf, scoresOf, shapes, zeroNetwork } from "./network.js";
import { adamStep, freeState, momentumStep, type TrainingState } from "./optimizers.js";

interface Kind
  extends Pick<TrainingSpec, "convolutions" | "sizes" | "batch" | "optimizer" | "rate"> {
  readonly batches: number;
  /** Who writes the gradients: this bench by hand, or `@blk/nn`. */
  readonly gradients: "by hand" | "automatic";
}

const data = { batch: 128, batches: 8 };
const momentum = { ...data, sizes: [784, 128, 10], optimizer: "momentum", rate: 0.05 } as const;
const adam = { ...data, sizes: [784, 512, 256, 10], optimizer: "adam", rate: 0.001 } as const;
const convolutional = {
  convolutions: { side: 28, channels: [1, 16, 32] },
  sizes: [1568, 128, 10],
  // Another library takes half a second for an image. So few would not tell that it learns from others.
  batch: 4,
  batches: 1,
  optimizer: "adam",
  rate: 0.001,
} as const;

const kinds: readonly Kind[] = [
  { ...momentum, gradients: "by hand" },
  { ...adam, gradients: "by hand" },
  { ...adam, gradients: "automatic" },
  { ...convolutional, gradients: "automatic" },
];

/** The same network with as many images as the others, of which threads find enough to share. */
const manyImages: Kind = { ...convolutional, batch: 128, gradients: "automatic" };

const lossSteps = 3;

/**
 * How far a loss may be from that which the JavaScript backend finds in f64, relatively. f32 moves
 * it by some 10⁻⁷, and by some 10⁻⁶ after Adam's first steps, which go by the sign of a gradient
 * even where that is little more than rounding. A wrong gradient, rate, momentum or correction
 * moves the loss after it by 10⁻² or more.
 */
export const lossTolerance = 1e-4;

/** The ids of `trainingCases`. */
export const trainingIds: readonly string[] = kinds.map(idOf);

/** The id of the step of a network with convolutions. */
export const convolutionalId: string = idOf({ ...convolutional, gradients: "automatic" });

/** The steps by `@blk/nn` that are timed with more threads. */
export const sharedTrainingIds: readonly string[] = [
  idOf({ ...adam, gradients: "automatic" }),
  idOf(manyImages),
];

function idOf(kind: Kind): string {
  const id = `training/f32/${layersOf(kind).join("-")}-${kind.optimizer}`;
  const batch = kind === manyImages ? `/batch-${kind.batch}` : "";
  return kind.gradients === "automatic" ? `${id}${batch}/nn` : id;
}

/** `[784, 128, 10]`, or `["28x28x1", "conv16", "conv32", 1568, 128, 10]`. */
function layersOf({ convolutions, sizes }: Kind): readonly (string | number)[] {
  if (convolutions === undefined) return sizes;
  const { side, channels } = convolutions;
  const [first, ...rest] = channels;
  return [`${side}x${side}x${first}`, ...rest.map((outputs) => `conv${outputs}`), ...sizes];
}

/** Inputs, outputs and places of each layer's product for one image. */
function productsOf({ convolutions, sizes }: Pick<Kind, "convolutions" | "sizes">) {
  const { side, channels } = convolutions ?? { side: 0, channels: [] };
  return [
    ...shapes(channels).map(([inputs, outputs], i) => ({
      ...{ inputs: 9 * inputs, outputs },
      places: (side / 2 ** i) ** 2,
    })),
    ...shapes(sizes).map(([inputs, outputs]) => ({ inputs, outputs, places: 1 })),
  ];
}

/** One step of training on real images; only compared with other libraries. */
export async function trainingCases(
  data: FashionMnist,
  ids: readonly string[] = trainingIds,
): Promise<readonly BenchCase[]> {
  const chosen = [...kinds, manyImages].filter((kind) => ids.includes(idOf(kind)));
  return Promise.all(chosen.map((kind) => trainingCase(specOf(kind, data), kind)));
}

async function trainingCase(spec: TrainingSpec, kind: Kind): Promise<BenchCase> {
  const { optimizer, batch } = spec;
  const isAutomatic = kind.gradients === "automatic";
  const prepare = isAutomatic ? prepareAutograd : prepareTraining;
  const expected = await expectedLosses(
    spec,
    spec.convolutions ? prepareAutograd : prepareTraining,
  );
  const multiplyAdds = productsOf(spec).map(
    ({ inputs, outputs, places }) => inputs * outputs * places,
  );
  const all = multiplyAdds.reduce((sum, own) => sum + own);
  const label = `step of ${layersOf(kind).join("-")}, ${optimizer}, batch ${batch}`;
  return {
    id: idOf(kind),
    group: "training",
    label: isAutomatic ? `${label}, by @blk/nn` : label,
    dtype: "f32",
    // Forward, gradient by the weights, and by the inputs, of which those of the network need none.
    flops: 2 * batch * (3 * all - (multiplyAdds[0] as number)),
    bytes: 0,
    unit: "GFLOP/s",
    when: "asked",
    // Another library would take minutes.
    peers: kind !== manyImages,
    create: () => ({
      prepare: (backend) => prepare(backend, spec),
      peer: (session) => session.trainingStep?.(spec),
      check: (losses) =>
        checkElements(
          losses,
          lossSteps,
          (i) => expected[i] as number,
          (i) => lossTolerance * (expected[i] as number),
        ),
    }),
  };
}

function specOf(kind: Kind, { train }: FashionMnist): TrainingSpec {
  const { convolutions, sizes, batch, batches, optimizer, rate } = kind;
  const of = (i: number): TrainingSpec["batches"][number] =>
    standardised(train, i * batch, (i + 1) * batch);
  const random = new Random(`${layersOf(kind).join("-")}-${optimizer}`);
  return {
    ...{ sizes, batch, optimizer, rate },
    ...(convolutions && { convolutions }),
    weights: productsOf(kind).flatMap(({ inputs, outputs }) =>
      initialWeights([inputs, outputs], random),
    ),
    batches: Array.from({ length: batches }, (_, i) => of(i)),
    lossSteps,
  };
}

async function expectedLosses(
  spec: TrainingSpec,
  prepare: typeof prepareTraining,
): Promise<ArrayLike<number>> {
  const backend = await js().create();
  try {
    const training = prepare(backend, spec, "f64");
    for (let i = 0; i < lossSteps; i++) await training.run();
    return await training.result();
  } finally {
    await backend.dispose();
  }
}

/** Each run is a step; the result is the loss of the first ones. */
export function prepareTraining(
  backend: Backend,
  spec: TrainingSpec,
  dtype: FloatType = "f32",
): Prepared {
  const { sizes, weights, batch: rows, optimizer, rate: rateValue } = spec;
  const data = spec.batches.map(({ images, labels }) => ({
    x: BlockMatrix.fromArray(backend, images, { rows, cols: sizes[0] as number, dtype }),
    y: BlockMatrix.fromArray(backend, labels, { rows, cols: sizes.at(-1) as number, dtype }),
  }));
  const rate = BlockMatrix.full(backend, rateValue, { rows: 1, cols: 1, dtype });
  const moments = Array.from({ length: optimizer === "adam" ? 2 : 1 }, () =>
    zeroNetwork(backend, sizes, dtype),
  );
  let state: TrainingState = { network: networkOf(backend, sizes, weights, dtype), moments };
  let steps = 0;
  const losses: BlockMatrix[] = [];
  return {
    run() {
      const { x, y } = data[steps % data.length] as (typeof data)[number];
      if (steps < spec.lossSteps) losses.push(lossOf(state.network, x, y));
      steps += 1;
      const next = scope(() => {
        const gradient = gradientOf(state.network, x, y);
        return optimizer === "adam"
          ? adamStep(state, gradient, rateValue, steps)
          : momentumStep(state, gradient, rate);
      });
      freeState(state);
      state = next;
    },
    async result() {
      const values = await Promise.all(losses.map((loss) => loss.toArray()));
      return Float64Array.from(values, ([value]) => value as number);
    },
    dispose() {
      freeState(state);
      for (const matrix of [...data.flatMap(({ x, y }) => [x, y]), rate, ...losses]) {
        matrix.dispose();
      }
    },
  };
}

/** The mean cross-entropy, −Σ y·log p over the rows. */
function lossOf(network: Network, x: BlockMatrix, y: BlockMatrix): BlockMatrix {
  return scope(() => {
    const p = softmax(scoresOf(network, x));
    const entropy = (y: Expr, p: Expr): Expr => expr.div(expr.mul(y, expr.log(p)), -x.rows);
    return reduce([y, p], { op: "sum", expr: entropy });
  });
}
