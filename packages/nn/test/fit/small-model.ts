/** A network of two layers, one of them block-sparse, and data that it can learn, for tests of `fit`. */
import { type Backend, BlockMatrix, BlockPattern, relu } from "@blk/core";
import {
  blockSparseLinear,
  dropout,
  linear,
  type MatrixData,
  type Module,
  Random,
  sequential,
} from "../../src/index.js";

/** 4 inputs, 16 hidden, 3 outputs; with dropout, training draws random numbers. */
export function smallModel(backend: Backend, { rate = 0.1 } = {}): Module {
  const random = new Random(7);
  return sequential(
    blockSparseLinear({
      ...{ backend, inputs: 4, outputs: 16, random, activation: relu },
      ...{
        blockRows: 2,
        blockCols: 8,
        pattern: BlockPattern.of(2, 2, [
          { row: 0, col: 0 },
          { row: 0, col: 1 },
          { row: 1, col: 1 },
        ]),
      },
    }),
    dropout({ rate }),
    linear({ backend, inputs: 16, outputs: 3, random }),
  );
}

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
