import type { BackendProvider } from "@blk/core";
import { messageOf } from "../../message-of.js";
import { pageProviders } from "../../page/page-providers.js";
import { providerOf } from "../../provider-of.js";
import { UsageError } from "../../usage-error.js";
import type { BackendModule, DetectRequest } from "./tasks.js";

/** The backends that a page knows, then those of modules; a module's own name goes first. */
export async function allProviders({
  known: withKnown,
  threads,
  modules,
}: DetectRequest): Promise<readonly BackendProvider[]> {
  const brought: BackendProvider[] = [];
  for (const module of modules) brought.push(await fromModule(module, threads));
  if (!withKnown) return brought;
  const known = pageProviders({ backends: ["js"], ...(threads !== undefined && { threads }) });
  const names = new Set(brought.map(({ name }) => name));
  return [...known.filter(({ name }) => !names.has(name)), ...brought];
}

async function fromModule(
  { url, name }: BackendModule,
  threads?: number,
): Promise<BackendProvider> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(
      `${name} cannot be loaded (${messageOf(error)}); give the address of a built JavaScript module that imports nothing by a bare name, from a server that allows other origins`,
    );
  }
  return providerOf(exports, name, threads);
}
