import { type Activation, type Backend, BlockMatrix, type DType } from "@blk/core";
import { checkLayer, checkRandom } from "../check-arguments.js";
import type { Module } from "../module.js";
import { matmul } from "../ops/matmul.js";
import type { Random } from "../random.js";
import { parameter, type Variable } from "../variable.js";

/** Options of {@link linear}. */
export interface LinearOptions {
  readonly backend: Backend;
  readonly inputs: number;
  readonly outputs: number;
  /** Where the first weights come from. */
  readonly random: Random;
  readonly activation?: Activation;
  /** Whether a row is added, which starts at zero. Default: true. */
  readonly bias?: boolean;
  /**
   * Standard deviation of the first weights. Default: √(2/inputs) with an activation (He et al.
   * 2015), else √(1/inputs).
   */
  readonly deviation?: number;
  /** Default: `f32`. */
  readonly dtype?: DType;
}

/**
 * x·W + b, then the activation, in one pass: `weight` is inputs×outputs, `bias` 1×outputs.
 * Takes rows×inputs and gives rows×outputs. Throws `ARGUMENT` for sizes that are none; its forward pass
 * `SHAPE` for an input of other columns, `DTYPE` for one of another element type.
 *
 * ```ts
 * const hidden = linear({ backend, inputs: 784, outputs: 512, activation: relu, random });
 * ```
 */
export function linear(options: LinearOptions): Module {
  checkLayer("linear", options, "inputs", "outputs");
  checkRandom("linear", options.random);
  const { backend, inputs, outputs, random, activation, dtype = "f32" } = options;
  const deviation = options.deviation ?? Math.sqrt((activation === undefined ? 1 : 2) / inputs);
  const shape = { rows: inputs, cols: outputs, dtype };
  const numbers = random.normal(inputs * outputs, deviation);
  const weight = parameter(BlockMatrix.fromArray(backend, numbers, shape));
  return affine("linear", weight, options);
}

/** The layer of a weight: with the bias and activation of the options. */
export function affine(
  kind: string,
  weight: Variable,
  options: Pick<LinearOptions, "activation" | "bias">,
): Module {
  const { backend, cols, dtype } = weight;
  const { activation } = options;
  const activated = activation === undefined ? {} : { activation };
  const parameters = [{ name: "weight", variable: weight }];
  if (options.bias === false) {
    return { kind, parameters, forward: (x) => matmul(x, weight, activated) };
  }
  const bias = parameter(BlockMatrix.zeros(backend, { rows: 1, cols, dtype }));
  parameters.push({ name: "bias", variable: bias });
  return { kind, parameters, forward: (x) => matmul(x, weight, { bias, ...activated }) };
}
