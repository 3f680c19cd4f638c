import type { BackendProvider } from "@blk/core";
import { importInstalled } from "./import-installed.js";
import { messageOf } from "./message-of.js";
import { providerOf } from "./provider-of.js";
import { UsageError } from "./usage-error.js";

/** The provider that a module of `--backend-module` exports or makes. Throws `UsageError`. */
export async function providerFrom(specifier: string, threads?: number): Promise<BackendProvider> {
  return providerOf(await load(specifier), `--backend-module ${specifier}`, threads);
}

async function load(specifier: string): Promise<Record<string, unknown>> {
  try {
    return await importInstalled(specifier);
  } catch (error) {
    throw new UsageError(
      `--backend-module ${specifier} cannot be loaded (${messageOf(error)}); name a built JavaScript module by its path, or an installed package`,
    );
  }
}
