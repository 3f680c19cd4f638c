import { type Backend, BlkError } from "@blk/core";
import { defaultTimeout, describeAdapter, requestAdapter, within } from "./adapter.js";
import { WebGpuBackend } from "./backend.js";
import { hasHalfArithmetic } from "./half-arithmetic.js";
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

/** How much longer the first kernels may take than an answer: some engines compile slowly. */
const kernelsToAnswers = 6;

/** Opens a device. Throws `UNSUPPORTED` where there is none, or none that does what is asked for. */
export async function createWebGpuBackend(options: WebGpuOptions): Promise<Backend> {
  const { timeout = defaultTimeout } = options;
  const adapter = await requestAdapter(options);
  const requiredLimits = Object.fromEntries(
    wantedLimits.map((name) => [name, adapter.limits[name]]),
  );
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  const device = await openDevice(adapter, { requiredLimits, requiredFeatures }, timeout);
  const opening = openBackend(device, describeAdapter(adapter), options);
  const longest = kernelsToAnswers * timeout;
  const backend = await within(longest, opening, (late) => late.dispose());
  if (backend !== undefined) return backend;
  device.destroy();
  throw new BlkError(
    "UNSUPPORTED",
    `webgpu: the device did not run its first kernels within ${longest} ms`,
  );
}

/** A backend on a device that is ended where it does not do what is asked for. */
async function openBackend(
  device: GPUDevice,
  description: string,
  { params, gpu, halfArithmetic = false }: WebGpuOptions,
): Promise<WebGpuBackend> {
  try {
    const quads = await hasQuads(device);
    if (halfArithmetic && !(await hasHalfArithmetic(device))) throw wrongHalves(description);
    return await WebGpuBackend.open({ device, description, quads, halfArithmetic, params, gpu });
  } catch (error) {
    device.destroy();
    throw error;
  }
}

function wrongHalves(description: string): BlkError {
  return new BlkError(
    "UNSUPPORTED",
    `webgpu: ${description} has shader-f16, but a kernel that computes in f16 does not compile there or gives wrong results; leave halfArithmetic out, for f32`,
  );
}

async function openDevice(
  adapter: GPUAdapter,
  descriptor: GPUDeviceDescriptor,
  timeout: number,
): Promise<GPUDevice> {
  try {
    const request = adapter.requestDevice(descriptor);
    const device = await within(timeout, request, (late) => late.destroy());
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
