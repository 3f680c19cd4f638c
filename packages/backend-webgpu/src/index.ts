/**
 * The WebGPU backend of `@blk`: WGSL generated for each operation, in browsers through
 * `navigator.gpu` and in Node through any implementation that is handed in.
 */
import type { Backend, BackendProvider, ProbeResult } from "@blk/core";

/** Settings of {@link webgpu}; none is needed in a browser. */
export interface WebGpuOptions {
  /**
   * The implementation of WebGPU. Default: `navigator.gpu`. In Node, that of the npm package
   * `webgpu`: `webgpu({ gpu: create([]) })`, after `Object.assign(globalThis, globals)`.
   */
  readonly gpu?: GPU;
  /** Which adapter to ask for where there are several. Default: the engine's choice. */
  readonly powerPreference?: GPUPowerPreference;
  /** Milliseconds after which an adapter or device that does not answer is given up. Default 10,000. */
  readonly timeout?: number;
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
