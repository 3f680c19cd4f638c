import { sep } from "node:path";
import type { Peer } from "./peer.js";
import { requirePeer } from "./peer-module.js";
import { type TensorFlow, TensorFlowSession } from "./tensorflow-session.js";

interface WasmBackend {
  setWasmPaths(folder: string): void;
  setThreadsCount(count: number): void;
  getThreadsCount(): number;
}

const name = "TensorFlow.js wasm";

/**
 * TensorFlow.js on WebAssembly: single precision; in Node it has SIMD and no threads.
 *
 * Known fault of 4.22.0: with a transpose or a batch, and k above 48, `tf.fused.matMul` applies
 * bias and activation once per slice of 48 along k. The bench asks for that very call, as a dense
 * layer of the library does, and its check of the result shows the fault.
 */
export const tensorflowWasm: Peer = {
  name,
  dtype: "f32",
  vectors: true,
  load: async ({ threads = 1, folder } = {}) => {
    const { api } = requirePeer<TensorFlow>("@tensorflow/tfjs-core", folder);
    const wasm = requirePeer<WasmBackend>("@tensorflow/tfjs-backend-wasm", folder);
    requirePeer<unknown>("@tensorflow/tfjs", folder); // registers the gradients
    wasm.api.setWasmPaths(wasm.folder + sep);
    wasm.api.setThreadsCount(threads);
    return TensorFlowSession.open(api, name, "wasm", () => wasm.api.getThreadsCount());
  },
};
