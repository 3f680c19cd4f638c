/**
 * The WebGPU backend of `@blk`: WGSL generated for each operation, in browsers through
 * `navigator.gpu` and in Node through any implementation that is handed in.
 */
import { type Backend, type BackendProvider, BlkError, type ProbeResult } from "@blk/core";
import type { Gpu } from "./gpu.js";
import type { ProductParams } from "./params.js";
import type { Trial } from "./tuner.js";

export type { Gpu } from "./gpu.js";
export type { GemmTile, ProductParams } from "./params.js";
export type { Trial } from "./tuner.js";

/** Settings of {@link webgpu}; none is needed in a browser. */
export interface WebGpuOptions {
  /**
   * The implementation of WebGPU. Default: `navigator.gpu`. In Node, that of the npm package
   * `webgpu`: `webgpu({ gpu: create([]) })`, after `Object.assign(globalThis, globals)`.
   */
  readonly gpu?: Gpu;
  /** Which adapter to ask for where there are several. Default: the engine's choice. */
  readonly powerPreference?: "low-power" | "high-performance";
  /** Milliseconds after which an adapter or device that does not answer is given up. Default 10,000. */
  readonly timeout?: number;
  /**
   * What products run with: the `params` of a backend after `tune`, which may have been kept as
   * JSON. Default: by the kind of the adapter.
   */
  readonly params?: ProductParams;
}

/**
 * The provider of the WebGPU backend. `create` throws `UNSUPPORTED` where no adapter or device is to
 * be had, with the reason.
 *
 * @example
 * await using backend = await openBackend([webgpu(), wasm()]);
 */
export function webgpu(options: WebGpuOptions = {}): BackendProvider {
  return {
    name: "webgpu",
    specVersion: 1,
    async probe(): Promise<ProbeResult> {
      const { probe } = await import("./adapter.js");
      return probe(options);
    },
    async create(): Promise<Backend> {
      const { createWebGpuBackend } = await import("./create.js");
      return createWebGpuBackend(options);
    },
  };
}

/**
 * Times some ways of cutting products on the device of a backend, with products of `size`×`size`
 * numbers, and lets the backend go on with the fastest: no result changes a bit. What is found holds
 * for the device; keep `params` as JSON for `webgpu({ params })`. Throws `BACKEND_MISMATCH` for a
 * backend of another kind; rejects as `finish` does.
 *
 * @example
 * const { params } = await tune(backend);
 * localStorage.setItem(`tiles of ${backend.capabilities.device}`, JSON.stringify(params));
 */
export async function tune(backend: Backend, size = 1024): Promise<Trial> {
  const { WebGpuBackend } = await import("./backend.js");
  if (backend instanceof WebGpuBackend) return backend.tune(size);
  throw new BlkError(
    "BACKEND_MISMATCH",
    `tune: expected a backend made by webgpu(), got ${backend.name}; others tune themselves`,
  );
}
