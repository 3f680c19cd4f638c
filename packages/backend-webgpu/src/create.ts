import { type Backend, BlkError } from "@blk/core";
import { describeAdapter, requestAdapter, within } from "./adapter.js";
import { WebGpuBackend } from "./backend.js";
import type { WebGpuOptions } from "./index.js";
import { hasQuads } from "./quads.js";

/** Limits of which all that the adapter offers is asked for. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxStorageBuffersPerShaderStage",
] as const;

const wantedFeatures: readonly GPUFeatureName[] = ["shader-f16", "subgroups", "timestamp-query"];

/** Opens a device. Throws `UNSUPPORTED` where there is none. */
export async function createWebGpuBackend(options: WebGpuOptions): Promise<Backend> {
  const adapter = await requestAdapter(options);
  const requiredLimits = Object.fromEntries(
    wantedLimits.map((name) => [name, adapter.limits[name]]),
  );
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  const device = await openDevice(adapter, { requiredLimits, requiredFeatures }, options.timeout);
  return WebGpuBackend.open({
    device,
    quads: await hasQuads(device),
    description: describeAdapter(adapter),
    params: options.params,
    gpu: options.gpu,
  });
}

async function openDevice(
  adapter: GPUAdapter,
  descriptor: GPUDeviceDescriptor,
  timeout = 10_000,
): Promise<GPUDevice> {
  try {
    const device = await within(timeout, adapter.requestDevice(descriptor));
    if (device !== undefined) return device;
  } catch (cause) {
    throw new BlkError(
      "UNSUPPORTED",
      `webgpu: the adapter gives no device: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
  throw new BlkError("UNSUPPORTED", `webgpu: the adapter gave no device within ${timeout} ms`);
}
