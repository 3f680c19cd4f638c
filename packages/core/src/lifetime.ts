/**
 * Who frees memory: scopes, and the garbage collector for what everybody forgot.
 *
 * The three variables of this file are the package's only process-wide state. `frame` exists only
 * while a scope runs, as a call stack does; `forgotten` is the collector's way of calling back, and
 * `burst` what it found but did not report yet.
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

interface Forgotten {
  readonly buffer: DeviceBuffer;
  readonly label: string;
}

const forgotten: FinalizationRegistry<Forgotten> = /* @__PURE__ */ new FinalizationRegistry(
  ({ buffer, label }: Forgotten) => {
    if (buffer.disposed) return;
    const { byteLength: bytes } = buffer;
    buffer.dispose();
    if (bytes === 0 || isProduction()) return;
    // The collector comes in bursts: gather one, then say it in a line.
    if (burst === undefined) setTimeout(warnOfBurst, 100);
    burst ??= [];
    burst.push({ label, bytes });
  },
);

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

/** Frees `buffer` when `owner` is garbage-collected, and says so during development. */
export function freeWhenForgotten(owner: object, buffer: DeviceBuffer, label: string): void {
  forgotten.register(owner, { buffer, label }, owner);
}

/** Ends the watch: the owner was disposed. */
export function stopWatching(owner: object): void {
  forgotten.unregister(owner);
}

function isProduction(): boolean {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.["NODE_ENV"] === "production";
}
