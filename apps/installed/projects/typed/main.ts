import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import { webgpu } from "@blk/backend-webgpu";
import { type Case, conformanceCases, describeConformance } from "@blk/conformance";
import {
  type Backend,
  type BackendProvider,
  BlockMatrix,
  isBlkError,
  matmul,
  openBackend,
} from "@blk/core";
import { leastSquares } from "@blk/linalg";
import { adam, fit, linear, Random, sequential, softmaxCrossEntropy } from "@blk/nn";

const providers: readonly BackendProvider[] = [webgpu(), wasm({ threads: 1 }), js()];

export const cases: readonly Case[] = conformanceCases();
export const describeMine: typeof describeConformance = describeConformance;

export async function product(): Promise<number[][]> {
  const backend: Backend = await openBackend(providers);
  const a = BlockMatrix.fromRows(backend, [[1, 2]]);
  // @ts-expect-error A product has two factors.
  matmul(a);
  return matmul(a, a, { transposeB: true }).toRows();
}

export async function solve(a: BlockMatrix, b: BlockMatrix): Promise<BlockMatrix | string> {
  try {
    return await leastSquares(a, b);
  } catch (error) {
    if (isBlkError(error, "SHAPE")) return error.message;
    throw error;
  }
}

export async function learn(backend: Backend, inputs: BlockMatrix, targets: BlockMatrix) {
  const random = new Random(1);
  const model = sequential(linear({ backend, inputs: 2, outputs: 2, random }));
  const optimiser = adam(model.parameters, { rate: 0.1 });
  const { epochs } = await fit(
    model,
    { inputs, targets },
    { epochs: 1, batchSize: 4, loss: softmaxCrossEntropy, random, optimiser },
  );
  const last: number | undefined = epochs.at(-1)?.accuracy;
  return last;
}
