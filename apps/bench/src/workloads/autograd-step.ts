import { type Backend, BlockMatrix, relu } from "@blk/core";
import * as nn from "@blk/nn";
import { type Convolutions, type TrainingSpec, trainingConstants } from "../peers/peer.js";
import type { FloatType, Prepared } from "./bench-case.js";
import { shapes } from "./network.js";

/** Layers that take images as rows and give what convolutions make of them as rows. */
export function convolutionLayers(
  shared: Pick<nn.Conv2dOptions, "backend" | "random" | "dtype">,
  { side, channels: [first = 1, ...rest] }: Convolutions,
): readonly nn.Module[] {
  let image = { height: side, width: side, channels: first };
  const layers: nn.Module[] = [nn.pixels({ image })];
  for (const outputs of rest) {
    const options = { ...shared, image, outputs, activation: relu };
    const convolution = nn.conv2d({ ...options, kernel: 3, padding: 1 });
    const halved = nn.maxPool({ backend: shared.backend, image: convolution.image, kernel: 2 });
    layers.push(convolution, halved);
    image = halved.image;
  }
  return [...layers, nn.flatten({ image })];
}

/** The network of a specification, as layers of `@blk/nn`. */
export function modelOf(
  backend: Backend,
  { convolutions, sizes, weights }: Pick<TrainingSpec, "convolutions" | "sizes" | "weights">,
  dtype: FloatType = "f32",
): nn.Module {
  const random = new nn.Random(1);
  const model = nn.sequential(
    ...(convolutions ? convolutionLayers({ backend, random, dtype }, convolutions) : []),
    ...shapes(sizes).map(([inputs, outputs], i) => {
      const activated = i + 2 < sizes.length ? { activation: relu } : {};
      return nn.linear({ backend, inputs, outputs, random, dtype, ...activated });
    }),
  );
  const matrices = model.parameters.filter(({ name }) => name.endsWith("weight"));
  for (const [i, { variable }] of matrices.entries()) {
    const { rows, cols, rowPartition: blockRows, colPartition: blockCols } = variable;
    const options = { rows, cols, blockRows, blockCols, dtype };
    variable.assign(BlockMatrix.fromArray(backend, weights[i] as Float32Array, options));
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
    x: BlockMatrix.fromArray(backend, images, { rows, cols: images.length / rows, dtype }),
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
