import type { BackendProvider } from "@blk/core";
import { proxied } from "./proxied.js";

/** The same provider under another name, and so its backend; a call costs one indirection more. */
export function renamed(provider: BackendProvider, name: string): BackendProvider {
  return {
    ...provider,
    name,
    create: async () => proxied(await provider.create(), { name }),
  };
}
