import { type Backend, BlockMatrix, relu } from "@blk/core";
import * as nn from "@blk/nn";
import { type TrainingSpec, trainingConstants } from "../peers/peer.js";
import type { FloatType, Prepared } from "./bench-case.js";
import { shapes } from "./network.js";

/** The network of a specification, as layers of `@blk/nn`. */
export function modelOf(
  backend: Backend,
  { sizes, weights }: Pick<TrainingSpec, "sizes" | "weights">,
  dtype: FloatType = "f32",
): nn.Module {
  const random = new nn.Random(1);
  const model = nn.sequential(
    ...shapes(sizes).map(([inputs, outputs], i) => {
      const activated = i + 2 < sizes.length ? { activation: relu } : {};
      return nn.linear({ backend, inputs, outputs, random, dtype, ...activated });
    }),
  );
  const matrices = model.parameters.filter(({ name }) => name.endsWith("weight"));
  for (const [i, { variable }] of matrices.entries()) {
    const { rows, cols } = variable;
    variable.assign(
      BlockMatrix.fromArray(backend, weights[i] as Float32Array, { rows, cols, dtype }),
    );
  }
  return model;
}

/** The training of `training-step.ts`, by automatic differentiation and an optimiser of `@blk/nn`. */
export function prepareAutograd(
  backend: Backend,
  spec: TrainingSpec,
  dtype: FloatType = "f32",
): Prepared {
  const { sizes, batch: rows, rate } = spec;
  const { momentum, beta1, beta2, epsilon } = trainingConstants;
  const data = spec.batches.map(({ images, labels }) => ({
    x: BlockMatrix.fromArray(backend, images, { rows, cols: sizes[0] as number, dtype }),
    y: BlockMatrix.fromArray(backend, labels, { rows, cols: sizes.at(-1) as number, dtype }),
  }));
  const model = modelOf(backend, spec, dtype);
  const variables = model.parameters.map(({ variable }) => variable);
  const optimiser =
    spec.optimizer === "adam"
      ? nn.adam(model.parameters, { rate, beta1, beta2, epsilon })
      : nn.sgd(model.parameters, { rate, momentum });
  const losses: nn.Variable[] = [];
  let steps = 0;
  return {
    run() {
      const { x, y } = data[steps % data.length] as (typeof data)[number];
      const loss = nn.softmaxCrossEntropy(model.forward(x), y);
      const gradients = nn.gradients(loss, variables);
      optimiser.step(gradients);
      for (const gradient of gradients) gradient.dispose();
      if (steps < spec.lossSteps) losses.push(loss);
      else loss.dispose();
      steps += 1;
    },
    async result() {
      return Float64Array.from(await Promise.all(losses.map((loss) => loss.toNumber())));
    },
    dispose() {
      optimiser.dispose();
      nn.disposeModule(model);
      for (const { x, y } of data) {
        x.dispose();
        y.dispose();
      }
      for (const loss of losses) loss.dispose();
    },
  };
}
