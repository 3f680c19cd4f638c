import type { Backend, BackendProvider } from "./backend.js";
import { describeValue } from "./dtype.js";
import { BlkError, isBlkError } from "./errors.js";

/** A backend that was not opened, and why. */
export interface SkippedBackend {
  readonly name: string;
  readonly reason: string;
}

/** Options of {@link openBackend}. */
export interface OpenOptions {
  /** Told of each backend that is passed over. Default: a warning on the console. */
  readonly onSkip?: (skipped: SkippedBackend) => void;
}

/**
 * Opens the first of the providers that can run here; each one passed over is reported with its
 * reason. Passed over is what its probe refuses and what throws `UNSUPPORTED`; any other error, such
 * as a wrong option or a fault of the backend, is thrown on.
 *
 * Throws `NO_BACKEND` with all reasons if none can run, `ARGUMENT` for anything but a list.
 *
 * ```ts
 * await using backend = await openBackend([wasm(), js()]);
 * ```
 */
export async function openBackend(
  providers: readonly BackendProvider[],
  options: OpenOptions = {},
): Promise<Backend> {
  const { onSkip = warn } = options;
  if (!Array.isArray(providers)) {
    throw new BlkError(
      "ARGUMENT",
      `openBackend: expected a list of providers, got ${describeValue(providers)}; write openBackend([js()])`,
    );
  }
  const skipped: SkippedBackend[] = [];
  for (const provider of providers) {
    const attempt = await tryOpen(provider);
    if ("backend" in attempt) return attempt.backend;
    skipped.push(attempt);
    onSkip(attempt);
  }
  const reasons = skipped.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  throw new BlkError(
    "NO_BACKEND",
    `openBackend: none of ${providers.length} backends can run here (${reasons || "none was given; pass [js()] from @blk/backend-js"})`,
    { details: { skipped } },
  );
}

async function tryOpen(
  provider: BackendProvider,
): Promise<{ readonly backend: Backend } | SkippedBackend> {
  if (typeof provider?.create !== "function" || typeof provider.probe !== "function") {
    throw new BlkError(
      "ARGUMENT",
      `openBackend: expected backend providers such as js(), got ${describeValue(provider)} in the list`,
    );
  }
  const { name } = provider;
  if (provider.specVersion !== 1) {
    const version = describeValue(provider.specVersion);
    return {
      name,
      reason: `it implements version ${version} of the contract, but this core needs 1`,
    };
  }
  try {
    const probe = await provider.probe();
    if (!probe.available) return { name, reason: probe.reason };
    return { backend: await provider.create() };
  } catch (error) {
    if (!isBlkError(error, "UNSUPPORTED")) throw error;
    return { name, reason: error.message };
  }
}

function warn({ name, reason }: SkippedBackend): void {
  console.warn(`@blk: backend ${name} cannot run here: ${reason}`);
}

/** Providers by name: an instance, not a global. */
export class BackendRegistry {
  readonly #providers = new Map<string, BackendProvider>();

  constructor(providers: readonly BackendProvider[] = []) {
    for (const provider of providers) this.add(provider);
  }

  /** Throws `ARGUMENT` for a name that is taken. */
  add(provider: BackendProvider): this {
    if (this.#providers.has(provider.name)) {
      throw new BlkError(
        "ARGUMENT",
        `BackendRegistry: there is a backend ${provider.name} already`,
      );
    }
    this.#providers.set(provider.name, provider);
    return this;
  }

  /** Names in the order of adding. */
  get names(): readonly string[] {
    return [...this.#providers.keys()];
  }

  get providers(): readonly BackendProvider[] {
    return [...this.#providers.values()];
  }

  /** Throws `ARGUMENT`, listing the names, for an unknown one. */
  get(name: string): BackendProvider {
    const provider = this.#providers.get(name);
    if (provider === undefined) {
      throw new BlkError(
        "ARGUMENT",
        `BackendRegistry: there is no backend ${describeValue(name)}; there are ${this.names.join(", ") || "none"}`,
      );
    }
    return provider;
  }

  /** Opens the backend of this name, or the first that can run here. */
  open(name?: string, options?: OpenOptions): Promise<Backend> {
    return openBackend(name === undefined ? this.providers : [this.get(name)], options);
  }
}
