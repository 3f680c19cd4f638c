import { type Jax, JaxSession } from "./jax-session.js";
import type { Peer } from "./peer.js";
import { requirePeer } from "./peer-module.js";

const name = "jax-js wasm";

/** jax-js on its WebAssembly device: single precision; threads only where `Worker` is a global. */
export const jax: Peer = {
  name,
  dtype: "f32",
  vectors: true,
  load: async ({ folder } = {}) => {
    provideNavigator();
    const { api, version } = requirePeer<Jax>("@jax-js/jax", folder);
    const threads = "Worker" in globalThis ? hardwareThreads() : 1;
    return JaxSession.open(api, "wasm", { name, version, threads });
  },
};

function hardwareThreads(): number {
  return (
    (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator
      ?.hardwareConcurrency ?? 1
  );
}

/** jax-js reads `navigator` whenever it compiles; Node has that global from version 21 on. */
function provideNavigator(): void {
  const scope = globalThis as { navigator?: unknown };
  scope.navigator ??= { hardwareConcurrency: 1, userAgent: `Node.js/${process.versions.node}` };
}
