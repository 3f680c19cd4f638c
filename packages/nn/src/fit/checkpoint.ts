/**
 * Checkpoints: everything on which the rest of a training run depends, in one safetensors file.
 *
 * ```text
 * parameters/<name>   each parameter, with its cuts and absent blocks
 * optimiser/<name>    what the optimiser remembers
 * order               I32, the order of the samples in this epoch
 * "blk.checkpoint"    metadata, JSON: position, sums so far, results, random state, batch size
 * ```
 */
import { type Backend, BlkError, type BlockMatrix } from "@blk/core";
import { Random, type RandomState } from "../random.js";
import { type RawTensor, type SafetensorsFile, streamSafetensors } from "../safetensors/index.js";
import type { EpochResult, Sums } from "./progress.js";
import type { TrainingState } from "./training-state.js";

/** Where a checkpoint is kept. `checkpointFile(path)` of `@blk/nn/node` is one. */
export interface CheckpointStore {
  /** Hands the file that is kept to `use`; without one gives `undefined`. */
  read<T>(use: (file: SafetensorsFile) => Promise<T>): Promise<T | undefined>;
  /** Keeps these bytes in place of those before; all of them or, if anything goes wrong, none. */
  write(pieces: AsyncIterable<Uint8Array>): Promise<void>;
}

/** How far a run is. */
export interface Position {
  /** From 0. */
  readonly epoch: number;
  /** Steps done in this epoch. */
  readonly step: number;
  /** The order of the samples in this epoch. */
  readonly order: Int32Array;
  readonly sums: Sums;
  readonly seconds: number;
  readonly results: readonly EpochResult[];
}

const key = "blk.checkpoint";
const version = 1;

/** The bytes of a checkpoint. */
export function encodeCheckpoint(
  { parameters, optimiser, random }: TrainingState,
  position: Position,
  batchSize: number,
): AsyncIterable<Uint8Array> {
  const tensors = new Map<string, BlockMatrix | RawTensor>();
  for (const { name, variable } of parameters) tensors.set(`parameters/${name}`, variable.value);
  for (const { name, matrix } of optimiser.state) tensors.set(`optimiser/${name}`, matrix);
  const { order, ...progress } = position;
  const { buffer, byteOffset, byteLength } = order;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  tensors.set("order", { dtype: "I32", shape: [order.length], bytes });
  const { kind, steps } = optimiser;
  const about = {
    ...{ version, batchSize, random: random.state(), optimiser: { kind, steps } },
    ...progress,
  };
  return streamSafetensors(tensors, { metadata: { [key]: JSON.stringify(about) } });
}

/**
 * Puts the state of a checkpoint in place of `state`, and gives the position. Throws `DATA` for a file
 * that is no checkpoint, or one of another model, optimiser, batch size or number of samples;
 * nothing is changed then.
 */
export async function restoreCheckpoint(
  file: SafetensorsFile,
  state: TrainingState,
  expected: { readonly backend: Backend; readonly batchSize: number; readonly samples: number },
): Promise<Position> {
  const { random, optimiser, batchSize, ...progress } = describedIn(file);
  if (optimiser.kind !== state.optimiser.kind) {
    throw other(`it was trained by ${optimiser.kind}, now by ${state.optimiser.kind}`);
  }
  if (batchSize !== expected.batchSize) {
    throw other(`its batches have ${batchSize} samples, these have ${expected.batchSize}`);
  }
  if (file.tensors.get("order")?.dtype !== "I32") throw damaged("it has no order of the samples");
  const order = (await file.elements("order")) as Int32Array;
  if (order.length !== expected.samples || !isPermutation(order)) {
    throw other(`it is about ${order.length} samples, the data has ${expected.samples}`);
  }
  const restored = randomOf(random);
  const read = new Map<string, BlockMatrix>();
  try {
    for (const name of file.tensors.keys()) {
      if (name !== "order") read.set(name, await file.matrix(expected.backend, name));
    }
    checkSame(
      read,
      new Map([
        ...state.parameters.map((p) => [`parameters/${p.name}`, p.variable.value] as const),
        ...state.optimiser.state.map((s) => [`optimiser/${s.name}`, s.matrix] as const),
      ]),
    );
  } catch (error) {
    for (const matrix of read.values()) matrix.dispose();
    throw error;
  }
  for (const { name, variable } of state.parameters) {
    variable.assign(read.get(`parameters/${name}`) as BlockMatrix);
  }
  const saved = state.optimiser.state.map(({ name }) => ({
    name,
    matrix: read.get(`optimiser/${name}`) as BlockMatrix,
  }));
  state.optimiser.restore(optimiser.steps, saved);
  state.random = restored;
  return { ...progress, order };
}

function randomOf(state: RandomState): Random {
  try {
    return new Random(state);
  } catch (cause) {
    throw damaged("its random state is none", cause);
  }
}

/** Throws unless the matrices are those that are there now: names, sizes, types, blocks. */
function checkSame(
  read: ReadonlyMap<string, BlockMatrix>,
  now: ReadonlyMap<string, BlockMatrix>,
): void {
  for (const [name, matrix] of now) {
    const saved = read.get(name);
    if (saved === undefined) throw other(`it has no ${name}`);
    const isAlike =
      saved.rows === matrix.rows && saved.cols === matrix.cols && saved.dtype === matrix.dtype;
    const hasBlocks =
      matrix.pattern === undefined
        ? saved.pattern === undefined
        : saved.pattern?.equals(matrix.pattern);
    if (!isAlike || !hasBlocks) throw other(`its ${name} is ${saved}, here it is ${matrix}`);
  }
  for (const name of read.keys()) {
    if (!now.has(name)) throw other(`it has ${name}, which is not here`);
  }
}

interface About extends Omit<Position, "order"> {
  readonly batchSize: number;
  readonly random: RandomState;
  readonly optimiser: { readonly kind: string; readonly steps: number };
}

function describedIn(file: SafetensorsFile): About {
  const text = file.metadata.get(key);
  if (text === undefined) throw damaged("it is a safetensors file, but not a checkpoint");
  let about: Partial<About> & { readonly version?: unknown };
  try {
    about = JSON.parse(text);
  } catch (cause) {
    throw damaged("what it says about itself is no JSON", cause);
  }
  if (about?.version !== version) throw damaged(`its version is not ${version}`);
  const counts = [about.epoch, about.step, about.batchSize, about.optimiser?.steps];
  const sums = [about.sums?.loss, about.sums?.correct, about.sums?.samples, about.seconds];
  const isRight =
    counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0) &&
    sums.every((sum) => typeof sum === "number") &&
    Array.isArray(about.results) &&
    typeof about.optimiser?.kind === "string";
  if (!isRight) throw damaged("what it says about itself is incomplete");
  const { version: _, ...rest } = about;
  return rest as About;
}

function isPermutation(order: Int32Array): boolean {
  const seen = new Uint8Array(order.length);
  for (const sample of order) seen[sample] = 1;
  return seen.every((one) => one === 1);
}

function damaged(problem: string, cause?: unknown): BlkError {
  const options = cause === undefined ? {} : { cause };
  return new BlkError(
    "DATA",
    `fit: cannot go on from the checkpoint: ${problem}; remove it to start anew`,
    options,
  );
}

function other(difference: string): BlkError {
  return new BlkError(
    "DATA",
    `fit: the checkpoint is of another run: ${difference}; choose another place for this one, or remove it to start anew`,
  );
}
