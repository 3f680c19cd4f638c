import { type Jax, JaxSession } from "../peers/jax-session.js";
import {
  type OnnxRuntime,
  OnnxRuntimeSession,
  startEngine,
  type Tensor,
} from "../peers/onnxruntime-session.js";
import type { Peer } from "../peers/peer.js";
import { servedFile } from "../peers/served-files.js";
import { type TensorFlow, TensorFlowSession } from "../peers/tensorflow-session.js";
import { importServed, runServed, servedVersion } from "./load-served.js";

// Other libraries on WebGPU: what is timed is what a call takes until the GPU is done with it;
// operands and results stay in the GPU's memory, as those of our backend do.

/** All of them compute in single precision, with what the adapter has. */
const onWebgpu = { dtype: "f32", vectors: true } as const;

interface TensorFlowOnWebgpu extends TensorFlow {
  backend(): {
    readonly queue: GPUQueue;
    endComputePassEncoder(): void;
    submitQueue(): void;
  };
}

const tensorflow: Peer = {
  name: "TensorFlow.js webgpu",
  ...onWebgpu,
  async load() {
    await runServed("@tensorflow/tfjs", "dist/tf.min.js");
    await runServed("@tensorflow/tfjs-backend-webgpu", "dist/tf-backend-webgpu.min.js");
    const { tf } = globalThis as unknown as { readonly tf: TensorFlowOnWebgpu };
    // The library gathers commands and submits them when it likes, or a result is read.
    const done = async (): Promise<void> => {
      const backend = tf.backend();
      backend.endComputePassEncoder();
      backend.submitQueue();
      await backend.queue.onSubmittedWorkDone();
    };
    return TensorFlowSession.open(tf, this.name, "webgpu", () => 1, done);
  },
};

interface OnnxRuntimeOnWebgpu extends OnnxRuntime {
  readonly env: {
    readonly wasm: { numThreads?: number; wasmPaths?: string };
    readonly webgpu: { readonly device: Promise<GPUDevice> };
  };
  readonly Tensor: {
    fromGpuBuffer(
      buffer: GPUBuffer,
      options: {
        readonly dataType: "float32";
        readonly dims: readonly number[];
        readonly dispose: () => void;
      },
    ): Tensor;
  };
}

const onnxruntime: Peer = {
  name: "onnxruntime-web webgpu",
  ...onWebgpu,
  async load() {
    const { name } = this;
    const library = "onnxruntime-web";
    const version = await servedVersion(library);
    const api = await importServed<OnnxRuntimeOnWebgpu>(library, "dist/ort.webgpu.bundle.min.mjs");
    api.env.wasm.numThreads = 1;
    api.env.wasm.wasmPaths = servedFile(library, "dist/");
    const options = {
      executionProviders: ["webgpu"],
      preferredOutputLocation: "gpu-buffer",
    } as const;
    // Never released: the device is lost with the last session.
    await startEngine(api, options);
    const device = await api.env.webgpu.device;
    const tensor = (values: Float32Array<ArrayBuffer>, dims: readonly number[]): Tensor => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      const buffer = device.createBuffer({ size: values.byteLength, usage });
      device.queue.writeBuffer(buffer, 0, values);
      const dispose = (): void => buffer.destroy();
      return api.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims, dispose });
    };
    const done = async (): Promise<void> => {
      await device.queue.onSubmittedWorkDone();
    };
    return new OnnxRuntimeSession(api, { options, tensor, done }, { name, version, threads: 1 });
  },
};

const jax: Peer = {
  name: "jax-js webgpu",
  ...onWebgpu,
  async load() {
    const { name } = this;
    const version = await servedVersion("@jax-js/jax");
    const api = await importServed<Jax>("@jax-js/jax", "dist/index.js");
    return JaxSession.open(api, "webgpu", { name, version, threads: 1 });
  },
};

/** Every library that a page compares with, in the order of its reports. */
export const pagePeers: readonly Peer[] = [tensorflow, onnxruntime, jax];
