import { type Backend, denseView, expr, isBlkError, openBackend } from "@blk/core";
import { expect, test } from "vitest";
import { Faults } from "../src/faults.js";
import { webgpu } from "../src/index.js";
import { Pipelines } from "../src/pipelines.js";
import { Queue } from "../src/queue.js";
import { gpu } from "./gpu.js";
import { pretending } from "./pretending.js";

/** A backend, and the device that it works with. */
async function open(): Promise<{ backend: Backend; device: GPUDevice }> {
  let device: GPUDevice | undefined;
  const requestAdapter = async (): Promise<GPUAdapter | null> => {
    const adapter = (await gpu.requestAdapter()) as GPUAdapter;
    const { info, limits, features } = adapter;
    const requestDevice = async (descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> => {
      device = await adapter.requestDevice(descriptor);
      return device;
    };
    return { info, limits, features, requestDevice } as GPUAdapter;
  };
  const backend = await webgpu({ gpu: { requestAdapter } as GPU }).create();
  return { backend, device: device as GPUDevice };
}

function ones(backend: Backend, count: number): ReturnType<typeof denseView> {
  const buffer = backend.allocate(4 * count);
  backend.write(buffer, new Float32Array(count).fill(1));
  return denseView(buffer, "f32", 1, count);
}

/** Pages are told of the browser's page about its graphics, Node of drivers. */
const noAdapter =
  "document" in globalThis
    ? /no adapter for this machine.*chrome:\/\/gpu/
    : /no adapter for this machine.*VK_DRIVER_FILES/;

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return isBlkError(error) ? error.code : String(error);
  }
}

test("a lost device ends what waits, later calls, and nothing else", async () => {
  const { backend, device } = await open();
  const view = ones(backend, 4);
  const waiting = backend.read(view);
  const code = codeOf(waiting);
  device.destroy();
  expect(["DEVICE_LOST", undefined]).toContain(await code);
  expect(isBlkError(await backend.lost, "DEVICE_LOST")).toBe(true);
  expect(() => backend.allocate(4)).toThrow(/device was lost.*open a new backend/);
  expect(await codeOf(backend.read(view))).toBe("DEVICE_LOST");
  expect(await codeOf(backend.finish())).toBe("DEVICE_LOST");
  view.buffer.dispose();
  await backend.dispose();

  const again = await open();
  expect(await again.backend.read(ones(again.backend, 2))).toEqual(new Float32Array([1, 1]));
  await again.backend.dispose();
});

test("a device that is lost while a kernel is compiled rejects what waits for it", async () => {
  const { backend, device } = await open();
  const view = ones(backend, 4);
  const twice = expr.add(expr.input(0), expr.input(0));
  backend.map([{ inputs: [view], out: ones(backend, 4) }], twice);
  const codes = [backend.read(view), backend.finish()].map(codeOf);
  device.destroy();
  expect(await Promise.all(codes)).toEqual(["DEVICE_LOST", "DEVICE_LOST"]);
  await backend.dispose();
});

test("disposal in the midst of work is safe, and `lost` has resolved then", async () => {
  const { backend } = await open();
  const view = ones(backend, 2 ** 20);
  const waiting = [backend.read(view), backend.read(view), backend.finish()].map(codeOf);
  await backend.dispose();
  for (const code of await Promise.all(waiting)) expect(["DISPOSED", undefined]).toContain(code);
  expect(backend.memoryUsage()).toEqual({ buffers: 0, bytes: 0 });
  expect(await codeOf(backend.finish())).toBe("DISPOSED");
  await backend.dispose();
});

test("a kernel that does not compile is told at the next wait, by operation and line, once", async () => {
  const { backend, device } = await open();
  const faults = new Faults(device);
  const queue = new Queue(device, new Pipelines(device), faults);
  const kernel = { name: "broken", code: "@compute fn main() { nonsense }", writes: [] };
  const params = new Int32Array(1);
  queue.launch({ operation: "map", kernel, buffers: [], params, workgroups: [1, 1, 1] });
  await expect(queue.finish()).rejects.toThrow(/map: the kernel broken does not compile.*line 1/s);
  await queue.finish();
  queue.close();
  await backend.dispose();
});

test("an invalid command is told at the next wait, with the operation's name", async () => {
  const { backend, device } = await open();
  const faults = new Faults(device);
  faults.guard("allocate", () => device.createBuffer({ size: 2 ** 52, usage: 0x80 }));
  const error = await faults.settle().catch((thrown: unknown) => thrown);
  expect(isBlkError(error, "INTERNAL")).toBe(true);
  expect(String(error)).toMatch(/allocate: the device reports an invalid command/);
  await faults.settle();
  await backend.dispose();
});

test("too large a buffer is refused with the figures, and the backend stays usable", async () => {
  const { backend } = await open();
  const { maxBufferBytes } = backend.capabilities;
  expect(() => backend.allocate(maxBufferBytes + 4)).toThrow(
    new RegExp(`${maxBufferBytes + 4} bytes.*${maxBufferBytes}`),
  );
  expect(await backend.read(ones(backend, 3))).toEqual(new Float32Array([1, 1, 1]));
  await backend.dispose();
});

test("who has no memory left is told so", async () => {
  const errors: (GPUError | null)[] = [null, { message: "none left" }, null];
  const device = {
    lost: new Promise(() => {}),
    pushErrorScope() {},
    popErrorScope: async () => errors.shift() ?? null,
  };
  const faults = new Faults(device as unknown as GPUDevice);
  faults.guard("allocate", () => undefined);
  const error = await faults.settle().catch((thrown: unknown) => thrown);
  expect(isBlkError(error, "OUT_OF_MEMORY")).toBe(true);
});

test("an adapter that never answers is given up, with the reason", async () => {
  const silent = { requestAdapter: () => new Promise(() => {}) } as unknown as GPU;
  const reasons: string[] = [];
  const opening = openBackend([webgpu({ gpu: silent, timeout: 20 })], {
    onSkip: ({ reason }) => reasons.push(reason),
  });
  expect(await codeOf(opening)).toBe("NO_BACKEND");
  expect(reasons).toEqual(["no adapter answered within 20 ms"]);
});

/** A backend on an adapter of which this much is different. */
function createWith(about: (adapter: GPUAdapter) => Record<string, unknown>): Promise<Backend> {
  const requestAdapter = async (): Promise<GPUAdapter> => {
    const adapter = (await gpu.requestAdapter()) as GPUAdapter;
    return pretending(adapter, about(adapter));
  };
  return webgpu({ gpu: { requestAdapter } as GPU, timeout: 20 }).create();
}

test("a device that comes too late is given up, and ended when it comes", async () => {
  let answer: (device: GPUDevice) => void = () => {};
  const late = new Promise<GPUDevice>((resolve) => {
    answer = resolve;
  });
  await expect(createWith(() => ({ requestDevice: () => late }))).rejects.toMatchObject({
    code: "UNSUPPORTED",
    message: "webgpu: the adapter gave no device within 20 ms",
  });
  const device = (await (await gpu.requestAdapter())?.requestDevice()) as GPUDevice;
  answer(device);
  expect((await device.lost).reason).toBe("destroyed");
});

test("a device that never runs a kernel is given up and ended", async () => {
  let device: GPUDevice | undefined;
  const opening = createWith((adapter) => ({
    requestDevice: async () => {
      device = await adapter.requestDevice();
      return pretending(device, { createComputePipelineAsync: () => new Promise(() => {}) });
    },
  }));
  await expect(opening).rejects.toMatchObject({
    code: "UNSUPPORTED",
    message: "webgpu: the device did not run its first kernels within 120 ms",
  });
  expect((await device?.lost)?.reason).toBe("destroyed");
});

test.each([
  ["no WebGPU", undefined, /no navigator\.gpu/],
  ["no adapter", { requestAdapter: async () => null }, noAdapter],
  [
    "a failing one",
    { requestAdapter: () => Promise.reject(new Error("out of luck")) },
    /asking for an adapter failed: out of luck/,
  ],
])("the probe says why: %s", async (_, fake, reason) => {
  const hidden = fake === undefined && globalThis.navigator?.gpu !== undefined;
  if (hidden) return;
  const result = await webgpu(fake === undefined ? {} : { gpu: fake as unknown as GPU }).probe();
  expect(result).toEqual({ available: false, reason: expect.stringMatching(reason) });
});
