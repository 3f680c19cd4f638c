/**
 * Whether operations are recorded, and for which layer, for as long as a call lasts.
 *
 * The variables of this file are process-wide state (see decision 2): they exist as a call stack does,
 * set when `noGrad` or the forward pass of a layer begins and restored in `finally`.
 */
import { BlkError } from "@blk/core";
import { checkFunction } from "./check-arguments.js";

let recording = true;
let layer = "";

/** Whether operations on variables that want a gradient are recorded now. */
export function isRecording(): boolean {
  return recording;
}

/**
 * Runs `fn` without recording its operations: what it computes has no gradient, and an activation
 * is always fused. Matrices are freed as without it: by `using`, `dispose()` or `scope()`.
 *
 * `fn` must be synchronous. Throws `ARGUMENT` for an async one, or none.
 *
 * ```ts
 * const scores = scope(() => noGrad(() => model.forward(x)));
 * ```
 */
export function noGrad<T>(fn: () => T): T {
  checkFunction("noGrad", "fn", fn, "() => model.forward(x)");
  const result = withRecording(false, fn);
  if (typeof result === "object" && result !== null && "then" in result) {
    throw new BlkError(
      "ARGUMENT",
      "noGrad: fn returned a promise, but recording resumes when fn returns; make fn synchronous and read results afterwards",
    );
  }
  return result;
}

/** Runs `fn` with recording on or off. */
export function withRecording<T>(wanted: boolean, fn: () => T): T {
  const outer = recording;
  recording = wanted;
  try {
    return fn();
  } finally {
    recording = outer;
  }
}

/** The layer whose forward pass runs, by the names of modules within each other; empty outside of all. */
export function currentLayer(): string {
  return layer;
}

/** Runs `fn` as the part of that name of the layer that runs. */
export function inLayer<T>(name: string, fn: () => T): T {
  const outer = layer;
  layer = outer === "" ? name : `${outer}.${name}`;
  try {
    return fn();
  } finally {
    layer = outer;
  }
}
