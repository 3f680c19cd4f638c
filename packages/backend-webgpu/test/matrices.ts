import {
  type Backend,
  bytesPerElement,
  type DType,
  denseView,
  encodeHalf,
  type HostArray,
  type MatrixView,
  newHostArray,
} from "@blk/core";
import { afterAll, beforeAll } from "vitest";
import type { WebGpuBackend } from "../src/backend.js";
import { provider } from "./gpu.js";

/** A backend for the tests of a file, and matrices on it that are freed with it. */
export interface Bench {
  readonly backend: WebGpuBackend;
  /** A matrix of numbers row by row; without numbers, its contents are unspecified. */
  matrix(dtype: DType, rows: number, cols: number, numbers?: ArrayLike<number>): MatrixView;
  /** The numbers of a matrix, or of what was written into it. */
  read(view: MatrixView): Promise<HostArray>;
}

/** Opens a backend before the tests of a file and disposes it after them. */
export function useBackend(open: () => Promise<Backend> = () => provider.create()): () => Bench {
  let bench: Bench | undefined;
  beforeAll(async () => {
    const backend = (await open()) as WebGpuBackend;
    bench = {
      backend,
      matrix(dtype, rows, cols, numbers) {
        const buffer = backend.allocate(rows * cols * bytesPerElement(dtype));
        if (numbers !== undefined) backend.write(buffer, hostArray(dtype, numbers));
        return denseView(buffer, dtype, rows, cols);
      },
      read: (view) => backend.read(view),
    };
  });
  afterAll(() => bench?.backend.dispose());
  return () => bench as Bench;
}

function hostArray(dtype: DType, numbers: ArrayLike<number>): HostArray {
  const array = newHostArray(dtype, numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    array[i] = dtype === "f16" ? encodeHalf(numbers[i]!) : numbers[i]!;
  }
  return array;
}

/** Pseudo-random numbers from −1 to 1. */
export function noise(count: number): Float32Array<ArrayBuffer> {
  let state = count;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}
