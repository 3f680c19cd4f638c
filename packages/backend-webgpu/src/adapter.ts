import { BlkError, type ProbeResult } from "@blk/core";
import type { WebGpuOptions } from "./index.js";

export const defaultTimeout = 10_000;

/** Whether there is an adapter, or why not. */
export async function probe(options: WebGpuOptions): Promise<ProbeResult> {
  const found = await findAdapter(options);
  return typeof found === "string" ? { available: false, reason: found } : { available: true };
}

/** An adapter. Throws `UNSUPPORTED` with the reason if there is none. */
export async function requestAdapter(options: WebGpuOptions): Promise<GPUAdapter> {
  const found = await findAdapter(options);
  if (typeof found === "string") throw new BlkError("UNSUPPORTED", `webgpu: ${found}`);
  return found;
}

/** The adapter's name in words that a person knows. */
export function describeAdapter({ info }: GPUAdapter): string {
  const words = [info.description || info.device, info.vendor, info.architecture];
  const known = [...new Set(words.filter((word) => word !== ""))];
  return known.length > 0 ? known.join(", ") : "an adapter that gives no name";
}

/**
 * What `promise` gives, or `undefined` after so many milliseconds; what comes later is given to
 * `discard`.
 */
export async function within<T>(
  milliseconds: number,
  promise: Promise<T>,
  discard: (late: T) => unknown = () => undefined,
): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
      promise.then(discard).catch(() => undefined);
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A page's engine tells its reasons; an implementation in Node has the drivers that Vulkan's loader finds. */
function whereToLook(): string {
  return "document" in globalThis || "importScripts" in globalThis
    ? "look at the page of the browser about its graphics (chrome://gpu, about:support) for the reason"
    : "install a driver that it can use (on Linux one of Vulkan), or name one in VK_DRIVER_FILES";
}

async function findAdapter(options: WebGpuOptions): Promise<GPUAdapter | string> {
  const { powerPreference, timeout = defaultTimeout } = options;
  const gpu = options.gpu ?? globalThis.navigator?.gpu;
  if (gpu === undefined) {
    return "there is no navigator.gpu here; use a browser with WebGPU on a page served by https or from localhost, or hand an implementation in: webgpu({ gpu })";
  }
  try {
    const request = gpu.requestAdapter({ ...(powerPreference && { powerPreference }) });
    const adapter = await within(timeout, request);
    if (adapter === undefined) return `no adapter answered within ${timeout} ms`;
    if (adapter === null) {
      return `the engine has WebGPU, but no adapter for this machine's graphics; ${whereToLook()}`;
    }
    if (options.halfArithmetic === true && !adapter.features.has("shader-f16")) {
      return `halfArithmetic takes the feature shader-f16, which ${describeAdapter(adapter)} does not have; leave it out, and f16 is computed in f32`;
    }
    return adapter;
  } catch (error) {
    return `asking for an adapter failed: ${error instanceof Error ? error.message : error}`;
  }
}
