/**
 * The WebGPU backend of `@blk`: WGSL generated for each operation, in browsers through
 * `navigator.gpu` and in Node through any implementation that is handed in.
 */
import { type Backend, type BackendProvider, BlkError, type ProbeResult } from "@blk/core";
import type { Gpu } from "./gpu.js";
import type { GemmTile, ProductParams } from "./params.js";
import type { TileModel } from "./tile-model.js";
import type { Trial } from "./tuner.js";

export type { Gpu } from "./gpu.js";
export type { GemmTile, ProductParams } from "./params.js";
export type { TileModel } from "./tile-model.js";
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
  /**
   * Milliseconds after which an adapter or device that does not answer is given up, and six times as
   * many for its first kernels. Default 10,000.
   */
  readonly timeout?: number;
  /**
   * What products run with: the `params` that `tune` found, which may have been kept as JSON, or a
   * function that gives those that were kept for a device (`capabilities.device`), if there are any.
   * Default: by the kind of the adapter.
   */
  readonly params?: KeptParams | ((device: string) => KeptParams);
  /**
   * Whether products of two f16 factors multiply and add in f16, in strips of 16 of k, whose sums
   * are added in f32: faster where a device computes in f16 faster, and less exact. Default: no, all
   * of f16 is computed in f32. Takes `shader-f16`; a device without it is refused with `UNSUPPORTED`.
   *
   * The sum is within `(γ₁₆(2⁻¹¹) + (1 + γ₁₆(2⁻¹¹))·γ_q(2⁻²⁴))·|A|·|B|` of the exact one, elementwise,
   * where q = ⌈k/16⌉ and γₙ(u) = n·u / (1 − n·u): 0.8 % of `|A|·|B|`, and hardly more for long k.
   * That holds while the sums of `|a|·|b|` over a strip stay below 65,504; above, a sum may be
   * infinite, NaN, or on some devices anything: scale the factors, so that none is beyond 60 or so.
   * A device may take numbers of a strip that are below 2⁻¹⁴ for 0. Products with at most four rows
   * or columns, and those with a factor of f32, stay in f32.
   *
   * Source of the bound: Blanchard, Higham, Lopez, Mary and Pranesh, Mixed precision block fused
   * multiply-add (2020), for devices that round to nearest, which is tried when one is opened.
   */
  readonly halfArithmetic?: boolean;
}

/** What may have been kept of a device: also what `JSON.parse` makes of nothing. */
export type KeptParams = ProductParams | null | undefined;

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
 * // The next time:
 * const kept = (device: string) => JSON.parse(localStorage.getItem(`tiles of ${device}`) ?? "null");
 * const again = await openBackend([webgpu({ params: kept })]);
 */
export async function tune(backend: Backend, size = 1024): Promise<Trial> {
  const { WebGpuBackend } = await import("./backend.js");
  if (backend instanceof WebGpuBackend) return backend.tune(size);
  throw new BlkError(
    "BACKEND_MISMATCH",
    `tune: expected a backend made by webgpu(), got ${backend.name}; others tune themselves`,
  );
}

/**
 * What tiles cost and would reach on three published devices, by a model on paper: bytes for each
 * multiply-add, workgroup memory, registers, occupancy, and the share of the peak, for factors of f32,
 * of f16, and of f16 with `halfArithmetic`. Default: the tiles that each device would begin with. Runs
 * nothing; a tile that a device has no room for has a share of 0. Rejects with `ARGUMENT` for tiles
 * that no kernel could run with.
 *
 * @example
 * for (const model of await explainTiles()) console.log(String(model));
 */
export async function explainTiles(tiles?: readonly GemmTile[]): Promise<readonly TileModel[]> {
  const [{ modelTiles }, { checkTile, roomiest }] = await Promise.all([
    import("./tile-model.js"),
    import("./params.js"),
  ]);
  for (const tile of tiles ?? []) checkTile(tile, roomiest);
  return modelTiles(tiles);
}
