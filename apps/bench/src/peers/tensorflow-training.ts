import type { TrainingSpec } from "./peer.js";
import { trainingConstants } from "./peer.js";
import type { RunParts } from "./prepared.js";
import type { Tensor, TensorFlow } from "./tensorflow-session.js";

/** The members of `@tensorflow/tfjs-core` that training needs. */
export interface TensorFlowTraining {
  variable(initial: Tensor): Variable;
  relu(x: Tensor): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  conv2d(x: Tensor, filter: Tensor, stride: number, padding: "same"): Tensor;
  maxPool(x: Tensor, size: number, stride: number, padding: "valid"): Tensor;
  /** `undefined` where a backend lacks the kernel. */
  getKernel(name: string, backend: string): unknown;
  readonly losses: { softmaxCrossEntropy(labels: Tensor, scores: Tensor): Tensor };
  readonly train: {
    momentum(rate: number, momentum: number): Optimizer;
    adam(rate: number, beta1: number, beta2: number, epsilon: number): Optimizer;
  };
}

/** A tensor that an optimiser changes. */
export interface Variable extends Tensor {
  readonly name: string;
}

export interface Optimizer {
  minimize(loss: () => Tensor, returnCost: boolean, variables: readonly Variable[]): Tensor | null;
  dispose(): void;
}

/**
 * Training as the library offers it: its own gradients, its own optimiser. A layer is
 * `relu(x·w + b)`, which is also what its fused layers become while gradients are recorded, and
 * likewise with a convolution.
 */
export function tensorflowTraining(
  tf: TensorFlow,
  spec: TrainingSpec,
  upload: (values: Float32Array, shape: readonly number[]) => Tensor,
): Omit<RunParts<void>, "call"> {
  const { convolutions, sizes, batch, optimizer, rate, lossSteps } = spec;
  const { momentum, beta1, beta2, epsilon } = trainingConstants;
  const variable = (values: Float32Array, shape: readonly number[]): Variable => {
    const initial = upload(values, shape);
    const made = tf.variable(initial);
    initial.dispose();
    return made;
  };
  const { side, channels } = convolutions ?? { side: 0, channels: [] };
  const shapes = [
    ...channels.slice(1).map((outputs, i) => [3, 3, channels[i] as number, outputs]),
    ...sizes.slice(1).map((outputs, i) => [sizes[i] as number, outputs]),
  ];
  const layers = spec.weights.map((weights, i) => {
    const shape = shapes[i] as number[];
    const outputs = shape.at(-1) as number;
    return {
      isConvolution: shape.length > 2,
      weights: variable(weights, shape),
      bias: variable(new Float32Array(outputs), [outputs]),
    };
  });
  const imageShape = convolutions ? [side, side, channels[0] as number] : [sizes[0] as number];
  const batches = spec.batches.map(({ images, labels }) => ({
    x: upload(images, [batch, ...imageShape]),
    y: upload(labels, [batch, sizes.at(-1) as number]),
  }));
  const variables = layers.flatMap(({ weights, bias }) => [weights, bias]);
  const learner =
    optimizer === "adam"
      ? tf.train.adam(rate, beta1, beta2, epsilon)
      : tf.train.momentum(rate, momentum);
  const losses: Tensor[] = [];
  let steps = 0;
  return {
    compute() {
      const { x, y } = batches[steps % batches.length] as (typeof batches)[number];
      const lossOf = (): Tensor => {
        const scores = layers.reduce((input, { isConvolution, weights, bias }, i) => {
          if (isConvolution) {
            const sum = tf.add(tf.conv2d(input, weights, 1, "same"), bias);
            const halved = tf.maxPool(tf.relu(sum), 2, 2, "valid");
            return layers[i + 1]?.isConvolution
              ? halved
              : tf.reshape(halved, [batch, sizes[0] as number]);
          }
          const sum = tf.add(tf.matMul(input, weights, false, false), bias);
          return i + 1 < layers.length ? tf.relu(sum) : sum;
        }, x);
        return tf.losses.softmaxCrossEntropy(y, scores);
      };
      // `minimize` frees everything else that it makes.
      const cost = learner.minimize(lossOf, steps < lossSteps, variables);
      if (cost !== null) losses.push(cost);
      steps += 1;
    },
    async read() {
      const values = await Promise.all(losses.map((loss) => loss.data()));
      return Float32Array.from(values, (value) => value[0] as number);
    },
    free: () => undefined,
    freeInputs() {
      learner.dispose();
      for (const { x, y } of batches) {
        x.dispose();
        y.dispose();
      }
      for (const tensor of [...variables, ...losses]) tensor.dispose();
    },
  };
}
