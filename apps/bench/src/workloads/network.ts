import { type Backend, BlockMatrix, expr, map, matmul, relu, scope, softmax, sum } from "@blk/core";
import type { FloatType } from "./bench-case.js";

/** x·weights + bias, inputs × outputs and 1 × outputs. */
export interface Layer {
  readonly weights: BlockMatrix;
  readonly bias: BlockMatrix;
}

/** Dense layers with ReLU between them; the last one gives a score for each class. */
export type Network = readonly Layer[];

/** Layers of the given weights, inputs × outputs each, and biases of zero. */
export function networkOf(
  backend: Backend,
  sizes: readonly number[],
  weights: readonly (Float32Array | Float64Array)[],
  dtype: FloatType = "f32",
): Network {
  return shapes(sizes).map(([rows, cols], i) => {
    const values = weights[i] as Float32Array;
    return {
      weights: BlockMatrix.fromArray(backend, values, { rows, cols, dtype }),
      bias: BlockMatrix.zeros(backend, { rows: 1, cols, dtype }),
    };
  });
}

/** Of the same shape as a network, all zero. */
export function zeroNetwork(
  backend: Backend,
  sizes: readonly number[],
  dtype: FloatType = "f32",
): Network {
  return shapes(sizes).map(([rows, cols]) => ({
    weights: BlockMatrix.zeros(backend, { rows, cols, dtype }),
    bias: BlockMatrix.zeros(backend, { rows: 1, cols, dtype }),
  }));
}

/** Inputs and outputs of each layer. */
export function shapes(sizes: readonly number[]): readonly (readonly [number, number])[] {
  return sizes.slice(1).map((outputs, i) => [sizes[i] as number, outputs]);
}

/** What comes out of each layer for the rows of `x`; scores last. */
function outputsOf(network: Network, x: BlockMatrix): readonly BlockMatrix[] {
  const outputs: BlockMatrix[] = [];
  for (const [i, { weights, bias }] of network.entries()) {
    const isLast = i + 1 === network.length;
    const options = isLast ? { bias } : { bias, activation: relu };
    outputs.push(matmul(outputs.at(-1) ?? x, weights, options));
  }
  return outputs;
}

/** The scores of each row of `x`, a column for each class. */
export function scoresOf(network: Network, x: BlockMatrix): BlockMatrix {
  return scope(() => outputsOf(network, x).at(-1) as BlockMatrix);
}

/** The gradient of the mean cross-entropy between softmax of the scores and `y`, rows with a 1. */
export function gradientOf(network: Network, x: BlockMatrix, y: BlockMatrix): Network {
  return scope(() => {
    const outputs = outputsOf(network, x);
    const p = softmax(outputs.at(-1) as BlockMatrix);
    // The gradient by the scores is (p − y) / batch.
    let delta = map([p, y], (p, y) => expr.div(expr.sub(p, y), x.rows));
    const gradient: Layer[] = [];
    for (let i = network.length - 1; i >= 0; i--) {
      const input = i > 0 ? (outputs[i - 1] as BlockMatrix) : x;
      gradient.unshift({
        weights: matmul(input, delta, { transposeA: true }),
        bias: sum(delta, { per: "column" }),
      });
      if (i === 0) break;
      delta = matmul(delta, (network[i] as Layer).weights, {
        transposeB: true,
        operands: [input],
        epilogue: (gradient, h) => expr.select(expr.less(0, h), gradient, 0),
      });
    }
    return gradient;
  });
}

/** The parameters of networks of one shape, combined one by one. */
export function combine(
  networks: readonly Network[],
  combineOne: (...parameters: readonly BlockMatrix[]) => BlockMatrix,
): Network {
  return (networks[0] as Network).map((_, i) => ({
    weights: combineOne(...networks.map((network) => (network[i] as Layer).weights)),
    bias: combineOne(...networks.map((network) => (network[i] as Layer).bias)),
  }));
}

export function freeNetwork(network: Network): void {
  for (const { weights, bias } of network) {
    weights.dispose();
    bias.dispose();
  }
}
