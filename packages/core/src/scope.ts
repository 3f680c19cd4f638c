import { BlockMatrix } from "./block-matrix.js";
import { describeValue } from "./dtype.js";
import { BlkError } from "./errors.js";
import { runInFrame, runWithoutFrame, track } from "./lifetime.js";
import { PackedMatrix } from "./packed-matrix.js";
import { type Holder, heldSymbol } from "./symbols.js";

/**
 * Runs `fn` and frees every matrix that was made inside of it, except those that it returns (as a
 * matrix, or inside of arrays, plain objects and holders) and what they are views of. A returned view of a
 * matrix made inside takes that matrix with it when it is disposed, and so does what was packed of
 * one. Scopes nest: what an inner
 * scope returns belongs to the outer one. If `fn` throws, everything is freed.
 *
 * `fn` must be synchronous, so read results after the scope. Throws `ARGUMENT` for an async `fn`.
 *
 * ```ts
 * using residual = scope(() => norm(sub(matmul(a, x), b)));   // two temporaries freed
 * ```
 */
export function scope<T>(fn: () => T): T {
  if (typeof fn !== "function") {
    throw new BlkError(
      "ARGUMENT",
      `scope: expected a function, got ${describeValue(fn)}; write scope(() => …)`,
    );
  }
  const { result, made } = runInFrame(fn);
  const returned = new Set<unknown>();
  const isAsync = typeof result === "object" && result !== null && "then" in result;
  if (!isAsync) collect(result, returned);
  const kept = withSources(returned, new Set(made));
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

/**
 * Runs `fn` so that no running `scope` frees what is made inside: for state that outlives the
 * scope in which it is brought up to date. Whoever calls this frees it.
 *
 * ```ts
 * scope(() => { total = unscoped(() => add(total, matmul(a, b))); });
 * ```
 */
export function unscoped<T>(fn: () => T): T {
  return runWithoutFrame(fn);
}

/** Adds all matrices in `value`, and the arrays and objects that hold them. */
function collect(value: unknown, returned: Set<unknown>): void {
  if (typeof value !== "object" || value === null || returned.has(value)) return;
  if (value instanceof BlockMatrix) {
    returned.add(value);
    return;
  }
  if (value instanceof PackedMatrix) {
    returned.add(value).add(value.operand);
    return;
  }
  if (heldSymbol in value) {
    returned.add(value);
    for (const item of (value as Holder)[heldSymbol]()) collect(item, returned);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) || prototype === Object.prototype || prototype === null) {
    returned.add(value);
    for (const item of Object.values(value)) collect(item, returned);
  }
}

/** What is returned and what it views; a view owns a source that is kept for its sake only. */
function withSources(returned: ReadonlySet<unknown>, made: ReadonlySet<unknown>): Set<unknown> {
  const kept = new Set(returned);
  for (const item of returned) {
    if (!(item instanceof BlockMatrix)) continue;
    item.disown();
    for (let view: BlockMatrix = item; view.source !== undefined; view = view.source) {
      kept.add(view.source);
      if (made.has(view.source) && !returned.has(view.source)) view.ownSource();
    }
  }
  return kept;
}
