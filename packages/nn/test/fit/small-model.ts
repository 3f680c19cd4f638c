/** A network of two layers and gradient descent with momentum, for tests of `fit`. */

import * as core from "@blk/core";
import { type Backend, BlockMatrix, BlockPattern, expr, relu, unscoped } from "@blk/core";
import {
  type Loss,
  type MatrixData,
  type Model,
  map,
  matmul,
  type OptimizerState,
  parameter,
  Random,
  scale,
  sum,
  type Trainer,
  type Variable,
} from "../../src/index.js";

/** 4 inputs, 8 hidden (block-sparse), 3 outputs; `noise`: adds random numbers while it is trained. */
export function smallModel(backend: Backend, { noise = false } = {}): Model {
  const random = new Random(7);
  const weight = (rows: number, cols: number, sparse = false): Variable =>
    parameter(
      BlockMatrix.fromArray(backend, Float32Array.from(random.normal(rows * cols, 0.5)), {
        ...{ rows, cols },
        ...(sparse && { blockRows: 2, blockCols: 4, pattern: BlockPattern.diagonal(2, 2) }),
      }),
    );
  const [w1, b1, w2] = [weight(4, 8, true), weight(1, 8), weight(8, 3)];
  return {
    parameters: [
      { name: "0.weight", variable: w1 },
      { name: "0.bias", variable: b1 },
      { name: "1.weight", variable: w2 },
    ],
    forward(x, training) {
      const hidden = matmul(x, w1, { bias: b1, activation: relu });
      if (!noise || training === undefined) return matmul(hidden, w2);
      const draws = Float32Array.from(training.random.normal(hidden.rows * hidden.cols, 0.1));
      const drawn = BlockMatrix.fromArray(backend, draws, { rows: hidden.rows, cols: hidden.cols });
      return matmul(map([hidden, drawn], expr.add), w2);
    },
  };
}

/** Momentum 0.9, rate 0.01. */
export class Momentum implements Trainer {
  readonly #parameters: readonly Variable[];
  readonly #rate: number;
  #velocities: BlockMatrix[];
  #count = 0;

  constructor({ parameters }: Pick<Model, "parameters">, rate = 0.01) {
    this.#parameters = parameters.map(({ variable }) => variable);
    this.#rate = rate;
    this.#velocities = this.#parameters.map(({ value }) => core.scale(value, 0));
  }

  step(gradients: readonly Variable[]): void {
    this.#count += 1;
    unscoped(() => {
      for (const [i, gradient] of gradients.entries()) {
        const old = this.#velocities[i] as BlockMatrix;
        const velocity = core.map([old, gradient.value], (v, g) => expr.add(expr.mul(0.9, v), g));
        old.dispose();
        this.#velocities[i] = velocity;
        const variable = this.#parameters[i] as Variable;
        const rate = this.#rate;
        variable.assign(
          core.map([variable.value, velocity], (w, v) => expr.sub(w, expr.mul(rate, v))),
        );
      }
    });
  }

  state(): OptimizerState {
    const matrices = new Map(this.#velocities.map((velocity, i) => [`velocity.${i}`, velocity]));
    return { numbers: { count: this.#count }, matrices };
  }

  restore({ numbers, matrices }: OptimizerState): void {
    for (const velocity of this.#velocities) velocity.dispose();
    this.#velocities = [...this.#velocities.keys()].map(
      (i) => matrices.get(`velocity.${i}`) as BlockMatrix,
    );
    this.#count = numbers["count"] as number;
  }

  dispose(): void {
    for (const velocity of this.#velocities) velocity.dispose();
  }
}

/** Mean of the squared difference to the row of the class in the identity. */
export const squaredError: Loss = (outputs, targets) => {
  const rows = Array.from({ length: outputs.cols }, (_, i) => i);
  const numbers = BlockMatrix.fromRows(targets.backend, [rows], { dtype: "i32" });
  const wanted = core.map([targets, numbers], expr.equal);
  const difference = map([outputs, core.cast(wanted, outputs.dtype)], (x, y) =>
    expr.mul(expr.sub(x, y), expr.sub(x, y)),
  );
  return scale(sum(difference), 1 / outputs.rows);
};

/** Points around three corners, with the number of the corner as class. */
export function corners(backend: Backend, count: number, seed = 1): MatrixData {
  const random = new Random(seed);
  const classes = Int32Array.from({ length: count }, (_, i) => i % 3);
  const noise = random.normal(4 * count, 0.3);
  const inputs = Float32Array.from(noise, (value, i) =>
    i % 4 === classes[Math.floor(i / 4)] ? value + 2 : value,
  );
  return {
    inputs: BlockMatrix.fromArray(backend, inputs, { rows: count, cols: 4 }),
    targets: BlockMatrix.fromArray(backend, classes, { rows: count, cols: 1 }),
  };
}
