import type { TrainingSpec } from "./peer.js";
import { trainingConstants } from "./peer.js";
import type { RunParts } from "./prepared.js";
import type { Tensor, TensorFlow } from "./tensorflow-session.js";

/** The members of `@tensorflow/tfjs-core` that training needs. */
export interface TensorFlowTraining {
  variable(initial: Tensor): Variable;
  relu(x: Tensor): Tensor;
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
 * `relu(x·w + b)`, which is also what its fused layers become while gradients are recorded.
 */
export function tensorflowTraining(
  tf: TensorFlow,
  spec: TrainingSpec,
  upload: (values: Float32Array, shape: readonly number[]) => Tensor,
): Omit<RunParts<void>, "call"> {
  const { sizes, batch, optimizer, rate, lossSteps } = spec;
  const { momentum, beta1, beta2, epsilon } = trainingConstants;
  const variable = (values: Float32Array, shape: readonly number[]): Variable => {
    const initial = upload(values, shape);
    const made = tf.variable(initial);
    initial.dispose();
    return made;
  };
  const layers = spec.weights.map((weights, i) => {
    const [inputs, outputs] = [sizes[i] as number, sizes[i + 1] as number];
    return {
      weights: variable(weights, [inputs, outputs]),
      bias: variable(new Float32Array(outputs), [outputs]),
    };
  });
  const batches = spec.batches.map(({ images, labels }) => ({
    x: upload(images, [batch, sizes[0] as number]),
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
        const scores = layers.reduce((input, { weights, bias }, i) => {
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
