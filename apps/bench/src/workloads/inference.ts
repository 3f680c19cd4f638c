import { BlockMatrix, scope } from "@blk/core";
import * as nn from "@blk/nn";
import { checkElements, roundoff } from "../check.js";
import type { InferenceSpec } from "../peers/index.js";
import { Random } from "../random.js";
import { modelOf } from "./autograd-step.js";
import { type BenchCase, prepared } from "./bench-case.js";
import { initialWeights } from "./fashion-mnist.js";
import { shapes } from "./network.js";

const sizes = [784, 512, 256, 10];
const batch = 128;

/** The id of the case. */
export const inferenceId: string = `inference/f32/${sizes.join("-")}`;

/** The scores of a batch by a network of dense layers. */
export function inferenceCases(): BenchCase[] {
  const multiplyAdds = shapes(sizes).reduce((sum, [rows, cols]) => sum + batch * rows * cols, 0);
  return [
    {
      id: inferenceId,
      group: "inference",
      label: `scores of ${sizes.join("-")}, batch ${batch}`,
      dtype: "f32",
      flops: 2 * multiplyAdds,
      bytes: 0,
      unit: "GFLOP/s",
      when: "asked",
      peers: true,
      create() {
        const random = new Random(inferenceId);
        const weights = initialWeights(sizes, random);
        const images = random.values("f32", batch * (sizes[0] as number)) as Float32Array;
        const spec: InferenceSpec = { sizes, weights, batch, images };
        return {
          prepare(backend) {
            const model = modelOf(backend, spec);
            const shape = { rows: batch, cols: sizes[0] as number };
            const x = BlockMatrix.fromArray(backend, images, shape);
            const parameters = model.parameters.map(({ variable }) => variable);
            return prepared([x, ...parameters], () =>
              scope(() => nn.noGrad(() => model.forward(x).value)),
            );
          },
          peer: (session) => session.inference?.(spec),
          check: (scores) => check(spec, scores),
        };
      },
    },
  ];
}

/**
 * Each score within the error of sums that follow one another: in every layer u·√k of the sum of
 * magnitudes, k its inputs, as roundings of random numbers add up (Higham & Mary 2019).
 */
function check({ images, weights }: InferenceSpec, scores: ArrayLike<number>): string | undefined {
  let x: Float64Array = Float64Array.from(images);
  let errors: Float64Array = new Float64Array(x.length);
  for (const [layer, [inputs, outputs]] of shapes(sizes).entries()) {
    const w = weights[layer] as Float32Array;
    const isLast = layer + 2 === sizes.length;
    const next = new Float64Array(batch * outputs);
    const nextErrors = new Float64Array(batch * outputs);
    const gamma = 8 * roundoff.f32 * Math.sqrt(inputs);
    for (let i = 0; i < batch; i++) {
      for (let k = 0; k < inputs; k++) {
        const [value, error] = [x[i * inputs + k] as number, errors[i * inputs + k] as number];
        for (let j = 0; j < outputs; j++) {
          const at = i * outputs + j;
          const weight = w[k * outputs + j] as number;
          next[at] = (next[at] as number) + value * weight;
          const size = Math.abs(weight) * (gamma * Math.abs(value) + error);
          nextErrors[at] = (nextErrors[at] as number) + size;
        }
      }
    }
    x = isLast ? next : next.map((sum) => Math.max(sum, 0));
    errors = nextErrors;
  }
  const found = Float64Array.from(scores);
  return checkElements(
    found,
    x.length,
    (i) => x[i] as number,
    (i) => errors[i] as number,
  );
}
