/**
 * The plain JavaScript backend of `@blk`: runs everywhere, under a strict Content-Security-Policy
 * too, and is the readable specification of the backend contract.
 */
import type { Backend, BackendProvider, ProbeResult } from "@blk/core";
import type { Params } from "./params.js";

export type { Params } from "./params.js";

/** Settings of {@link js}; none is needed. */
export interface JsOptions {
  /** Bytes that all live buffers together may take; beyond, `allocate` throws `OUT_OF_MEMORY`. */
  readonly memoryLimit?: number;
  /** Bytes of disposed buffers that are kept for reuse. Default: 256 MiB. */
  readonly poolLimit?: number;
  /** Sizes into which loops are cut; they change time and memory, never results. */
  readonly params?: Partial<Params>;
}

/**
 * The provider of the JavaScript backend. It is always available; `create` throws `ARGUMENT` for
 * limits that are no numbers and params that no loop could run with.
 *
 * @example
 * await using backend = await openBackend([js()]);
 */
export function js(options: JsOptions = {}): BackendProvider {
  const { memoryLimit = Number.POSITIVE_INFINITY, poolLimit = 2 ** 28, params } = options;
  return {
    name: "js",
    specVersion: 1,
    async probe(): Promise<ProbeResult> {
      return { available: true };
    },
    async create(): Promise<Backend> {
      const [{ createJsBackend }, { completeParams }] = await Promise.all([
        import("./backend.js"),
        import("./params.js"),
      ]);
      return createJsBackend(completeParams(params), { total: memoryLimit, pool: poolLimit });
    },
  };
}
