import { type Backend, BlkError } from "@blk/core";
import { WasmBackend } from "./backend.js";
import { describeEngine } from "./engine.js";
import { createExecutor } from "./executor.js";
import type { WasmOptions } from "./index.js";
import { LinearMemory } from "./linear-memory.js";
import { defaultParams, type GemmParams } from "./params.js";
import { availableThreads, canShareMemory, enableRelaxedSimd, hasRelaxedSimd } from "./probe.js";

/** Looks at the engine and makes the backend that fits. */
export async function createWasmBackend(options: WasmOptions): Promise<Backend> {
  const { memoryLimit = 2 ** 32, reproducible = false } = options;
  const threads = options.threads ?? (await availableThreads());
  checkCount("threads", threads, 1, 256);
  checkCount("memoryLimit", memoryLimit, 2 ** 20, 2 ** 32);
  const fused = !reproducible && (await usesRelaxedSimd(options.relaxedSimd));
  const memory = new LinearMemory(threads > 1 && canShareMemory(), memoryLimit);
  const executor = createExecutor(memory, { threads });
  const types = ["f32", "f64", "i32"] as const;
  const paramsOf = (type: (typeof types)[number]): GemmParams => {
    const found = defaultParams(type, fused);
    return { ...found, ...options.params?.[type], fused: found.fused };
  };
  return new WasmBackend({
    device: describeEngine(fused),
    memory,
    executor,
    reproducible,
    params: { f32: paramsOf("f32"), f64: paramsOf("f64"), i32: paramsOf("i32") },
    fixed: types.filter((type) => options.params?.[type] !== undefined),
  });
}

async function usesRelaxedSimd(wanted: boolean | undefined): Promise<boolean> {
  if (wanted === false) return false;
  if (hasRelaxedSimd()) return true;
  if (wanted === undefined) return false;
  if (await enableRelaxedSimd()) return true;
  throw new BlkError(
    "UNSUPPORTED",
    "wasm: relaxedSimd is demanded, but this engine does not have it; leave it out, or use Node 22, Chromium 114 or newer",
  );
}

function checkCount(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new BlkError(
    "ARGUMENT",
    `wasm: ${name} must be a whole number from ${least} to ${most}, got ${value}; leave it out for the default`,
    { details: { name, value } },
  );
}
