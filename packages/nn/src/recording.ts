/**
 * Whether operations are recorded, for as long as a call lasts.
 *
 * The variable of this file is process-wide state (see decision 2): it exists as a call stack does,
 * set when `noGrad` begins and restored in `finally`.
 */
import { BlkError } from "@blk/core";
import { checkFunction } from "./check-arguments.js";

let recording = true;

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
