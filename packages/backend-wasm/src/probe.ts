import type { ProbeResult } from "@blk/core";
import { hasNodeBuiltins, importNodeBuiltin } from "./threads/node-builtins.js";

/*
 * What the engine can do, asked by tiny modules. Their bytes are written out, so that asking does not
 * load the assembler.
 */

/** Engines that have all that kernels need. */
const engines = "Node 20, Chromium 91, Firefox 89 or Safari 16.4, or newer";

/** Whether kernels can run here: WebAssembly with vectors of 128 bits, and leave to compile. */
export function probe(): ProbeResult {
  if (typeof WebAssembly !== "object") {
    return no(
      `there is no WebAssembly here; use ${engines}, and allow it where a lockdown mode forbids it`,
    );
  }
  if (!WebAssembly.validate(moduleOf(simd))) {
    return no(`this engine has no WebAssembly SIMD; use ${engines}`);
  }
  try {
    new WebAssembly.Module(moduleOf(simd));
  } catch (error) {
    return no(
      `WebAssembly may not be compiled here (${error}); add 'wasm-unsafe-eval' to script-src in the page's Content-Security-Policy`,
    );
  }
  return { available: true };
}

function no(reason: string): ProbeResult {
  return { available: false, reason };
}

/** Whether there are fused multiply-adds, which round once. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(moduleOf(relaxedSimd));
}

/**
 * Turns relaxed SIMD on for this process where V8 has it behind a flag (Node 20); whether it is on
 * afterwards. Modules that are compiled later may use it, on all threads.
 */
export async function enableRelaxedSimd(): Promise<boolean> {
  if (!hasRelaxedSimd() && hasNodeBuiltins()) {
    const v8 = await importNodeBuiltin<{ setFlagsFromString(flags: string): void }>("node:v8");
    v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  }
  return hasRelaxedSimd();
}

/** How many threads this machine runs at once, as far as the engine tells; at least 1. */
export async function availableThreads(): Promise<number> {
  const told = hasNodeBuiltins()
    ? (
        await importNodeBuiltin<{ availableParallelism(): number }>("node:os")
      ).availableParallelism()
    : globalThis.navigator?.hardwareConcurrency;
  return Math.max(1, Math.floor(told || 1));
}

/** Whether threads can have one memory here: in Node, and in pages that are cross-origin isolated. */
export function canShareMemory(): boolean {
  return whyNotShared() === undefined;
}

/** Why threads cannot have one memory, and what to do about it; `undefined` if they can. */
export function whyNotShared(): string | undefined {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (crossOriginIsolated === false) {
    return "this page is not cross-origin isolated; serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  }
  if (
    typeof SharedArrayBuffer !== "function" ||
    !WebAssembly.validate(moduleOf(atomicLoad, sharedMemory))
  ) {
    return `this engine shares no WebAssembly memory between threads; use ${engines}`;
  }
  return undefined;
}

const zero = [0x41, 0];
const zeros = [...zero, 0xfd, 15];
const drop = 0x1a;
/** i8x16.popcnt: the last instruction that came to SIMD. */
const simd = [...zeros, 0xfd, 98, drop];
/** f32x4.relaxed_madd. */
const relaxedSimd = [...zeros, ...zeros, ...zeros, 0xfd, 0x85, 0x02, drop];
/** i32.atomic.load, and a shared memory of one page. */
const atomicLoad = [...zero, 0xfe, 0x10, 2, 0, drop];
const sharedMemory = [5, 4, 1, 3, 1, 1];

/** A module with one function of that code, and a section of memories. */
function moduleOf(
  code: readonly number[],
  memories: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, 2, 1, 0],
    ...memories,
    ...[10, code.length + 4, 1, code.length + 2, 0, ...code, 0x0b],
  ]);
}
