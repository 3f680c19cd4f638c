import { BlockMatrix } from "./block-matrix.js";
import { BlkError } from "./errors.js";
import { runInFrame, track } from "./lifetime.js";

/**
 * Runs `fn` and frees every matrix that was made inside of it, except those that it returns (as a
 * matrix, or inside of arrays and plain objects) and what they are views of. Scopes nest: what an
 * inner scope returns belongs to the outer one. If `fn` throws, everything is freed.
 *
 * `fn` must be synchronous, so read results after the scope. Throws `ARGUMENT` for an async `fn`.
 *
 * ```ts
 * using residual = scope(() => norm(sub(matmul(a, x), b)));   // two temporaries freed
 * ```
 */
export function scope<T>(fn: () => T): T {
  const { result, made } = runInFrame(fn);
  const kept = new Set<unknown>();
  const isAsync = typeof result === "object" && result !== null && "then" in result;
  if (!isAsync) keep(result, kept);
  for (const item of made) {
    if (kept.has(item)) track(item);
    else item.dispose();
  }
  if (isAsync) {
    throw new BlkError(
      "ARGUMENT",
      "scope: fn returned a promise, but a scope ends when fn returns; make fn synchronous and read results after the scope",
    );
  }
  return result;
}

/** Adds all matrices in `value` and what they are views of. */
function keep(value: unknown, kept: Set<unknown>): void {
  if (typeof value !== "object" || value === null || kept.has(value)) return;
  if (value instanceof BlockMatrix) {
    for (let m: BlockMatrix | undefined = value; m !== undefined; m = m.source) kept.add(m);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) || prototype === Object.prototype || prototype === null) {
    kept.add(value);
    for (const item of Object.values(value)) keep(item, kept);
  }
}
