import { BlkError, type BlockMatrix, map, unscoped } from "@blk/core";
import type { NamedParameter } from "../module.js";
import type { NamedMatrix, Optimiser } from "../optimisers/optimiser.js";
import { Random, type RandomState } from "../random.js";

/** All on which the next step of training depends, beside the data. */
export interface TrainingState {
  readonly parameters: readonly NamedParameter[];
  readonly optimiser: Optimiser;
  random: Random;
}

/** A copy of a state on the device, from which training can go on once more. */
export interface Snapshot {
  readonly parameters: readonly BlockMatrix[];
  readonly steps: number;
  readonly optimiser: readonly NamedMatrix[];
  readonly random: RandomState;
}

/** Copies a state, on the device. Whoever takes it frees it with {@link freeSnapshot}. */
export function takeSnapshot({ parameters, optimiser, random }: TrainingState): Snapshot {
  return {
    parameters: parameters.map(({ variable }) => copy(variable.value)),
    steps: optimiser.steps,
    optimiser: optimiser.state.map(copyNamed),
    random: random.state(),
  };
}

/** Puts copies of a snapshot's matrices in place of the state's. */
export function restoreSnapshot(state: TrainingState, snapshot: Snapshot): void {
  for (const [i, { variable }] of state.parameters.entries()) {
    variable.assign(copy(snapshot.parameters[i] as BlockMatrix));
  }
  state.optimiser.restore(snapshot.steps, snapshot.optimiser.map(copyNamed));
  state.random = new Random(snapshot.random);
}

export function freeSnapshot({ parameters, optimiser }: Snapshot): void {
  for (const matrix of parameters) matrix.dispose();
  for (const { matrix } of optimiser) matrix.dispose();
}

function copyNamed({ name, matrix }: NamedMatrix): NamedMatrix {
  return { name, matrix: copy(matrix) };
}

function copy(matrix: BlockMatrix): BlockMatrix {
  const { pattern } = matrix;
  return unscoped(() =>
    map(matrix, (x) => x, { label: "snapshot", ...(pattern !== undefined && { pattern }) }),
  );
}

/**
 * Throws `ARGUMENT` for names that are there twice, which could not be told apart in a file, and for an
 * optimiser of other parameters than the model's.
 */
export function checkState({ parameters, optimiser }: TrainingState): void {
  const names = new Set<string>();
  for (const { name } of parameters) {
    if (names.has(name)) {
      throw new BlkError("ARGUMENT", `fit: two parameters are named ${JSON.stringify(name)}`);
    }
    names.add(name);
  }
  const own = optimiser.parameters;
  const isSame =
    own.length === parameters.length &&
    own.every(({ variable }, i) => variable === parameters[i]?.variable);
  if (isSame) return;
  throw new BlkError(
    "ARGUMENT",
    `fit: the optimiser ${optimiser.kind} is for other parameters than the model's; make it with model.parameters`,
  );
}
