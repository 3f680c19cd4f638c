import { js } from "@blk/backend-js";
import { webgpu } from "@blk/backend-webgpu";
import type { BackendProvider } from "@blk/core";
import { isNamed } from "../backends.js";
import type { Options } from "../options.js";
import { wasmProviders } from "../wasm-providers.js";

/** The backends that a page runs; plain JavaScript, the same in Node, only where it is named. */
export function pageProviders({
  backends = [],
  threads,
}: Pick<Options, "backends" | "threads">): readonly BackendProvider[] {
  const plain = js();
  const isAsked = backends.some((wanted) => isNamed(plain.name, wanted));
  return [webgpu(), ...wasmProviders(threads), ...(isAsked ? [plain] : [])];
}
