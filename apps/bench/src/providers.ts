import { js } from "@blk/backend-js";
import type { BackendProvider } from "@blk/core";
import { providerFrom } from "./backend-module.js";
import type { Options } from "./options.js";
import { wasmProviders } from "./wasm-providers.js";
import { webgpuInNode } from "./webgpu-in-node.js";

/** The backends that the bench knows, then that of `--backend-module`. */
export async function loadProviders({
  backends = [],
  backendModule,
  threads,
}: Pick<Options, "backends" | "backendModule" | "threads">): Promise<readonly BackendProvider[]> {
  const software = backends.includes("webgpu");
  const known = [...wasmProviders(threads), js(), webgpuInNode({ software })];
  if (backendModule === undefined) return known;
  const provider = await providerFrom(backendModule, threads);
  return [...known.filter(({ name }) => name !== provider.name), provider];
}
