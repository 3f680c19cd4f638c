import { jax } from "./jax.js";
import { mlMatrix } from "./ml-matrix.js";
import { onnxruntimeWeb } from "./onnxruntime-web.js";
import type { Peer } from "./peer.js";
import { tensorflowCpu } from "./tensorflow-cpu.js";
import { tensorflowWasm } from "./tensorflow-wasm.js";

export { type InstallOptions, installPeers, missingPeers } from "./install.js";
export {
  type MatmulSpec,
  type Numbers,
  type Peer,
  type PeerLoadOptions,
  type PeerSession,
  PeerUnavailable,
  type PreparedRun,
  type Shape,
  type SumOver,
} from "./peer.js";

/** Every library that the bench compares with, in the order of its reports. */
export const peers: readonly Peer[] = [
  tensorflowWasm,
  onnxruntimeWeb,
  jax,
  tensorflowCpu,
  mlMatrix,
];
