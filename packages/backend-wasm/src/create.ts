import { type Backend, BlkError } from "@blk/core";
import { WasmBackend } from "./backend.js";
import { checkNames, checkNumber, checkOption } from "./check-options.js";
import { describeEngine } from "./engine.js";
import { createExecutor } from "./executor.js";
import type { WasmOptions } from "./index.js";
import { LinearMemory } from "./linear-memory.js";
import { defaultParams, type GemmParams } from "./params.js";
import { availableThreads, canShareMemory, enableRelaxedSimd, hasRelaxedSimd } from "./probe.js";

const types = ["f32", "f64", "i32"] as const;
const names = ["threads", "memoryLimit", "relaxedSimd", "reproducible", "params"];

/** Looks at the engine and makes the backend that fits. */
export async function createWasmBackend(options: WasmOptions): Promise<Backend> {
  checkNames("an option", options, names);
  const { memoryLimit = 2 ** 32, reproducible = false, relaxedSimd, params = {} } = options;
  const { threads = await availableThreads() } = options;
  checkNumber("threads", threads, 1, 256);
  checkNumber("memoryLimit", memoryLimit, 2 ** 20, 2 ** 32);
  checkFlag("reproducible", reproducible);
  checkFlag("relaxedSimd", relaxedSimd ?? false);
  checkNames("params", params, types);
  const fused = !reproducible && (await usesRelaxedSimd(relaxedSimd));
  const memory = new LinearMemory(threads > 1 && canShareMemory(), memoryLimit);
  const executor = createExecutor(memory, { threads });
  const paramsOf = (type: (typeof types)[number]): GemmParams => {
    const found = defaultParams(type, fused);
    return { ...found, ...params[type], fused: found.fused };
  };
  return new WasmBackend({
    device: describeEngine(fused),
    memory,
    executor,
    reproducible,
    params: { f32: paramsOf("f32"), f64: paramsOf("f64"), i32: paramsOf("i32") },
    fixed: types.filter((type) => params[type] !== undefined),
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

function checkFlag(name: string, value: boolean): void {
  checkOption(name, value, typeof value === "boolean", "true or false");
}
