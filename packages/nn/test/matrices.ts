import { type Backend, BlockMatrix, type MatrixOptions } from "@blk/core";
import { Random } from "../src/index.js";

/** Numbers of [−2, 2) that are multiples of 2⁻¹⁰, so exact in f32, and not near 0. */
export function numbers(count: number, seed: number): Float64Array {
  return new Random(seed).uniform(count).map((u) => {
    const x = Math.round((u * 4 - 2) * 1024) / 1024;
    return Math.abs(x) < 0.05 ? x + 0.125 : x;
  });
}

/** A matrix of them in f64. */
export function matrixOf(
  backend: Backend,
  rows: number,
  cols: number,
  seed: number,
  options: MatrixOptions = {},
): BlockMatrix {
  const data = numbers(rows * cols, seed);
  return BlockMatrix.fromArray(backend, data, { rows, cols, ...options });
}
