import { keepGlobal } from "./keep-global.js";
import {
  type OnnxRuntime,
  OnnxRuntimeSession,
  startEngine,
  type Tensor,
} from "./onnxruntime-session.js";
import type { Peer } from "./peer.js";
import { PeerUnavailable } from "./peer.js";
import { requirePeer } from "./peer-module.js";

interface OnnxRuntimeWasm extends OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => Tensor;
}

const name = "onnxruntime-web wasm";

/**
 * onnxruntime-web on WebAssembly: single precision, one session per operation. Threads work in
 * Node and are chosen once per process.
 *
 * Its tensors live in JavaScript memory: each run copies inputs in and the result out, and that is
 * part of its time, as it is for its users. Inputs are made once. Outputs are not preallocated:
 * version 1.30 leaves such a tensor unchanged.
 */
export const onnxruntimeWeb: Peer = {
  name,
  dtype: "f32",
  vectors: true,
  load: async ({ threads = 1, folder } = {}) => {
    const { api, version } = requirePeer<OnnxRuntimeWasm>("onnxruntime-web", folder);
    const chosen = api.env.wasm.numThreads;
    if (chosen !== undefined && chosen !== threads) {
      throw new PeerUnavailable(
        `onnxruntime-web runs on ${chosen} thread(s) in this process and cannot change to ` +
          `${threads}; measure that in a process of its own`,
      );
    }
    api.env.wasm.numThreads = threads;
    const options = { executionProviders: ["wasm"] } as const;
    // In Node the engine leaves a global `Worker` behind, which other libraries then take for a
    // browser's.
    await keepGlobal("Worker", async () => (await startEngine(api, options)).release());
    const place = {
      options,
      tensor: (values: Float32Array, shape: readonly number[]) =>
        new api.Tensor("float32", values, shape),
    };
    return new OnnxRuntimeSession(api, place, { name, version, threads });
  },
};
