import { wasm } from "@blk/backend-wasm";
import type { BackendProvider } from "@blk/core";
import { renamed } from "./renamed.js";

/** With one thread, and where more are asked for, with those as well, under a name that says so. */
export function wasmProviders(threads = 1): readonly BackendProvider[] {
  const one = wasm({ threads: 1 });
  if (threads === 1) return [one];
  return [one, renamed(wasm({ threads }), `${one.name} (${threads} threads)`)];
}
