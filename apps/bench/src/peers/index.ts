import { jax } from "./jax.js";
import { mlMatrix } from "./ml-matrix.js";
import { onnxruntimeWeb } from "./onnxruntime-web.js";
import type { Peer } from "./peer.js";
import { tensorflowCpu } from "./tensorflow-cpu.js";
import { tensorflowWasm } from "./tensorflow-wasm.js";

export { installPeers, missingPeers } from "./install.js";
export {
  type FactorisationKind,
  type InferenceSpec,
  type MatmulSpec,
  type Numbers,
  type Peer,
  type PeerSession,
  PeerUnavailable,
  type Shape,
  type TrainingSpec,
  trainingConstants,
} from "./peer.js";

/** Every library that the bench compares with, in the order of its reports. */
export const peers: readonly Peer[] = [
  tensorflowWasm,
  onnxruntimeWeb,
  jax,
  tensorflowCpu,
  mlMatrix,
];
