import type { Peer } from "./peer.js";
import { requirePeer } from "./peer-module.js";
import { type TensorFlow, TensorFlowSession } from "./tensorflow-session.js";

const name = "TensorFlow.js cpu";

/** TensorFlow.js on its plain JavaScript backend: one thread, single precision. */
export const tensorflowCpu: Peer = {
  name,
  dtype: "f32",
  vectors: false,
  load: async ({ folder } = {}) => {
    const { api } = requirePeer<TensorFlow>("@tensorflow/tfjs-core", folder);
    requirePeer<unknown>("@tensorflow/tfjs-backend-cpu", folder); // registers itself with the core
    requirePeer<unknown>("@tensorflow/tfjs", folder); // registers the gradients
    return TensorFlowSession.open(api, name, "cpu", () => 1);
  },
};
