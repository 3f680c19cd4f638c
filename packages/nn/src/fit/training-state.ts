import { BlkError, type BlockMatrix, map, unscoped } from "@blk/core";
import type { NamedParameter } from "../module.js";
import type { Random, RandomState } from "../random.js";
import type { Variable } from "../variable.js";

/** What an optimiser remembers from step to step, beside the parameters. */
export interface OptimizerState {
  /** Numbers such as the count of steps. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Matrices such as the means of gradients, by name. They belong to the optimiser. */
  readonly matrices: ReadonlyMap<string, BlockMatrix>;
}

/** What `fit` asks of an optimiser; each of this package does it. */
export interface Trainer {
  /** Updates the parameters for which it was made by their gradients, in their order. */
  step(gradients: readonly Variable[]): void;
  state(): OptimizerState;
  /** Goes on from a state, whose matrices it takes over. */
  restore(state: OptimizerState): void;
}

/** All on which the next step of training depends, beside the data. */
export interface TrainingState {
  readonly parameters: readonly NamedParameter[];
  readonly optimizer: Trainer;
  random: Random;
}

/** A copy of a state on the device, from which training can go on once more. */
export interface Snapshot {
  readonly parameters: readonly BlockMatrix[];
  readonly optimizer: OptimizerState;
  readonly random: RandomState;
}

/** Copies a state, on the device. Whoever takes it frees it with {@link freeSnapshot}. */
export function takeSnapshot({ parameters, optimizer, random }: TrainingState): Snapshot {
  const { numbers, matrices } = optimizer.state();
  return {
    parameters: parameters.map(({ variable }) => copy(variable.value)),
    optimizer: {
      numbers: { ...numbers },
      matrices: new Map([...matrices].map(([name, matrix]) => [name, copy(matrix)])),
    },
    random: random.state(),
  };
}

/** Puts copies of a snapshot's matrices in place of the state's. */
export function restoreSnapshot(
  state: TrainingState,
  snapshot: Snapshot,
  random: (state: RandomState) => Random,
): void {
  for (const [i, { variable }] of state.parameters.entries()) {
    variable.assign(copy(snapshot.parameters[i] as BlockMatrix));
  }
  const { numbers, matrices } = snapshot.optimizer;
  state.optimizer.restore({
    numbers,
    matrices: new Map([...matrices].map(([name, matrix]) => [name, copy(matrix)])),
  });
  state.random = random(snapshot.random);
}

export function freeSnapshot({ parameters, optimizer }: Snapshot): void {
  for (const matrix of parameters) matrix.dispose();
  for (const matrix of optimizer.matrices.values()) matrix.dispose();
}

function copy(matrix: BlockMatrix): BlockMatrix {
  const { pattern } = matrix;
  return unscoped(() =>
    map(matrix, (x) => x, { label: "snapshot", ...(pattern !== undefined && { pattern }) }),
  );
}

/** Throws `ARGUMENT` for names that are there twice, which could not be told apart in a file. */
export function checkNames(parameters: readonly NamedParameter[]): void {
  const names = new Set<string>();
  for (const { name } of parameters) {
    if (names.has(name)) {
      throw new BlkError("ARGUMENT", `fit: two parameters are named ${JSON.stringify(name)}`);
    }
    names.add(name);
  }
}
