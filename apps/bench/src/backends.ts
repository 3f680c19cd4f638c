import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import { type Backend, type BackendProvider, openBackend } from "@blk/core";
import { notSelected } from "./compare.js";
import { messageOf } from "./message-of.js";
import { renamed } from "./renamed.js";
import type { BackendEntry } from "./report.js";
import { UsageError } from "./usage-error.js";

/** The backends that the bench knows, then that of `--backend-module`. */
export async function loadProviders(options: {
  readonly backendModule?: string;
  readonly threads?: number;
}): Promise<readonly BackendProvider[]> {
  const known = [...wasmProviders(options.threads ?? 1), js()];
  if (options.backendModule === undefined) return known;
  const provider = await providerFrom(options.backendModule, options.threads);
  return [...known.filter(({ name }) => name !== provider.name), provider];
}

/** With one thread, and where more are asked for, with those as well, under a name that says so. */
function wasmProviders(threads: number): readonly BackendProvider[] {
  const one = wasm({ threads: 1 });
  if (threads === 1) return [one];
  return [one, renamed(wasm({ threads }), `${one.name} (${threads} threads)`)];
}

/** Whether `name` asks for a provider: by its name, with or without the words in brackets. */
function isNamed(name: string, provider: string): boolean {
  return provider === name || provider.startsWith(`${name} (`);
}

export interface OpenedBackends {
  readonly opened: readonly Backend[];
  /** Every provider: whether it runs, or why not. */
  readonly entries: readonly BackendEntry[];
}

/** Opens those that `names` asks for (all by default). Throws `UsageError` for an unknown name. */
export async function openBackends(
  providers: readonly BackendProvider[],
  names?: readonly string[],
): Promise<OpenedBackends> {
  checkNames(providers, names);
  const opened: Backend[] = [];
  const entries: BackendEntry[] = [];
  for (const provider of providers) {
    const { name } = provider;
    if (names !== undefined && !names.some((wanted) => isNamed(wanted, name))) {
      entries.push({ name, ran: false, reason: notSelected });
      continue;
    }
    let reason = "";
    try {
      const onSkip = (skipped: { readonly reason: string }): void => {
        reason = skipped.reason;
      };
      const start = performance.now();
      const backend = await openBackend([provider], { onSkip });
      const openSeconds = (performance.now() - start) / 1000;
      checkBackend(backend, name);
      opened.push(backend);
      const { device, dtypes, threads, notes } = backend.capabilities;
      entries.push({ name, ran: true, openSeconds, device, dtypes, threads, notes });
    } catch (error) {
      entries.push({ name, ran: false, reason: reason || messageOf(error) });
    }
  }
  return { opened, entries };
}

/** A module may come from anybody: what its provider makes is looked at before it is measured. */
function checkBackend(backend: Partial<Backend> | undefined, name: string): void {
  const { capabilities, dispose, finish } = backend ?? {};
  const works = typeof dispose === "function" && typeof finish === "function";
  if (!works || !Array.isArray(capabilities?.dtypes)) {
    throw new Error("its create() gave no backend; @blk/conformance tells what is missing");
  }
  if (backend?.name !== name) {
    throw new Error(`its create() gave a backend of another name, "${backend?.name}"`);
  }
}

/** Throws `UsageError` for a name that no provider has. */
export function checkNames(
  providers: readonly BackendProvider[],
  names: readonly string[] = [],
): void {
  const known = providers.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(
    `there is no backend "${unknown}"; there are: ${known.join(", ")}. Name one of these, or bring your own with --backend-module`,
  );
}

async function providerFrom(specifier: string, threads?: number): Promise<BackendProvider> {
  const module = await load(specifier);
  const threadOption = threads === undefined ? {} : { threads };
  for (const exported of Object.values(module)) {
    if (isProvider(exported)) return exported;
  }
  const thrown: string[] = [];
  for (const [name, exported] of Object.entries(module)) {
    if (typeof exported !== "function") continue;
    try {
      const made: unknown = await (exported as (options: object) => unknown)(threadOption);
      if (isProvider(made)) return made;
    } catch (error) {
      // Perhaps not the function that makes the provider; told only when no other does.
      thrown.push(`${name} failed: ${messageOf(error)}`);
    }
  }
  const names = Object.keys(module).join(", ") || "nothing";
  const failures = thrown.length > 0 ? ` (${thrown.slice(0, 3).join("; ")})` : "";
  throw new UsageError(
    `--backend-module ${specifier} exports ${names}, but no backend provider and no function that returns one${failures}; export { name, specVersion, probe, create } or a function that makes it`,
  );
}

async function load(specifier: string): Promise<Record<string, unknown>> {
  const path = resolve(specifier);
  const isPath = specifier.startsWith(".") || isAbsolute(specifier) || existsSync(path);
  const url = isPath ? pathToFileURL(path).href : specifier;
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    if (!isPath) {
      try {
        // Installed where the bench is called from, not beside it.
        const found = createRequire(join(process.cwd(), "package.json")).resolve(specifier);
        return (await import(pathToFileURL(found).href)) as Record<string, unknown>;
      } catch {
        // The first error says more.
      }
    }
    throw new UsageError(
      `--backend-module ${specifier} cannot be loaded (${messageOf(error)}); name a built JavaScript module by its path, or an installed package`,
    );
  }
}

function isProvider(value: unknown): value is BackendProvider {
  if (typeof value !== "object" || value === null) return false;
  const { name, probe, create } = value as Partial<Record<keyof BackendProvider, unknown>>;
  return typeof name === "string" && typeof probe === "function" && typeof create === "function";
}
