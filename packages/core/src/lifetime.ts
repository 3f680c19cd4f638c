/**
 * Who frees memory: scopes, and the garbage collector for what everybody forgot.
 *
 * The variables of this file are process-wide state (see decision 2). `frame` exists only while a
 * scope runs, as a call stack does; `forgotten` is the collector's way of calling back, `idle` what
 * it watches for nobody at the moment, and `burst` what it found but did not report yet.
 */
import type { DeviceBuffer } from "./backend.js";

/** Something that a scope can free. */
export interface Tracked {
  dispose(): void;
}

let frame: Tracked[] | undefined;

/** Tells the innermost running scope, if any, of something made inside of it. */
export function track(made: Tracked): void {
  frame?.push(made);
}

/** Runs `fn` as a scope and hands out what was made; if it throws, all of that is freed first. */
export function runInFrame<T>(fn: () => T): { readonly result: T; readonly made: Tracked[] } {
  const outer = frame;
  const made: Tracked[] = [];
  frame = made;
  try {
    return { result: fn(), made };
  } catch (error) {
    for (const item of made) item.dispose();
    throw error;
  } finally {
    frame = outer;
  }
}

/** Runs `fn` outside of all scopes: what is made inside belongs to none. */
export function runWithoutFrame<T>(fn: () => T): T {
  const outer = frame;
  frame = undefined;
  try {
    return fn();
  } finally {
    frame = outer;
  }
}

/** What is to be freed; nothing while the watch is idle. */
interface Watched {
  buffer: DeviceBuffer | undefined;
  label: (() => string) | undefined;
}

/**
 * The collector's eye on a buffer. Only the owner of the buffer holds it, so both are forgotten
 * together. Registering with the collector is slow, so a watch that ends is kept for the next owner.
 */
export class Watch {
  readonly watched: Watched = { buffer: undefined, label: undefined };

  constructor() {
    forgotten.register(this, this.watched);
  }
}

const forgotten: FinalizationRegistry<Watched> = /* @__PURE__ */ new FinalizationRegistry(
  ({ buffer, label }: Watched) => {
    if (buffer === undefined || buffer.disposed) return;
    const { byteLength: bytes } = buffer;
    buffer.dispose();
    if (bytes === 0 || isProduction()) return;
    // The collector comes in bursts: gather one, then say it in a line.
    if (burst === undefined) setTimeout(warnOfBurst, 100);
    burst ??= [];
    burst.push({ label: label?.() ?? "", bytes });
  },
);

/** Watches of disposed owners. */
const idle: Watch[] = [];

/** As many watches are kept idle at most. */
const mostIdle = 4096;

/** What the collector found since the last warning. */
let burst: { readonly label: string; readonly bytes: number }[] | undefined;

function warnOfBurst(): void {
  const found = burst ?? [];
  burst = undefined;
  console.warn(forgottenMessage(found));
}

/** The warning for matrices that nobody disposed: how many, up to three by name, their bytes. */
export function forgottenMessage(
  found: readonly { readonly label: string; readonly bytes: number }[],
): string {
  const names = found.slice(0, 3).map(({ label }) => label);
  const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
  const listed = `${names.join(", ")}${found.length > names.length ? ", …" : ""}`;
  const subject =
    found.length === 1 ? `${listed} was` : `${found.length} matrices (${listed}) were`;
  return `@blk: ${subject} garbage-collected without dispose(); ${bytes} bytes are freed only now. Use \`using\`, dispose() or scope().`;
}

/**
 * Frees `buffer` when the owner, who must hold the watch and whom `label` must not hold, is
 * garbage-collected, and says so during development.
 */
export function watchOver(buffer: DeviceBuffer, label: () => string): Watch {
  const watch = idle.pop() ?? new Watch();
  watch.watched.buffer = buffer;
  watch.watched.label = label;
  return watch;
}

/** Ends the watch: the owner was disposed, and must let go of it. */
export function stopWatching(watch: Watch): void {
  watch.watched.buffer = undefined;
  watch.watched.label = undefined;
  if (idle.length < mostIdle) idle.push(watch);
}

function isProduction(): boolean {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.["NODE_ENV"] === "production";
}
