/**
 * The WebAssembly backend of `@blk`: SIMD kernels that are assembled from TypeScript when they are
 * needed, on one linear memory that threads share. There is no `.wasm` file and nothing to configure.
 */
import type { Backend, BackendProvider, ProbeResult } from "@blk/core";
import type { GemmParams } from "./params.js";

export type { GemmParams } from "./params.js";

/** Settings of {@link wasm}; none is needed. */
export interface WasmOptions {
  /**
   * Threads that share large calls, this one included. Default: as many as the machine has cores,
   * where threads can share memory: in Node, and in pages that are cross-origin isolated.
   */
  readonly threads?: number;
  /**
   * Bytes at which memory stops growing; at most, and by default, 4 GiB. A 64th of it is kept for
   * what the backend itself needs: kernels, scratch memory.
   */
  readonly memoryLimit?: number;
  /**
   * Whether multiply-adds may round once, by relaxed SIMD. Default: where the engine has it. `true`
   * demands it, in Node 20 by setting V8's flag for it in this process; `false` does without.
   */
  readonly relaxedSimd?: boolean;
  /**
   * Gives products, sums and elementwise arithmetic the bits of `@blk/backend-js`: f32 and f16 are
   * computed in double, in ascending order, and rounded once, without fused multiply-adds whatever
   * `relaxedSimd` is. Costs about half of the speed.
   */
  readonly reproducible?: boolean;
  /**
   * Sizes of the product's kernels by arithmetic, in place of those chosen for this engine. Whether
   * multiply-adds are fused is not among them: that is {@link relaxedSimd}.
   */
  readonly params?: Partial<
    Readonly<Record<"f32" | "f64" | "i32", Partial<Omit<GemmParams, "fused">>>>
  >;
}

/**
 * The provider of the WebAssembly backend. `create` throws `ARGUMENT` for options that have no
 * meaning, misspelt ones too, and `UNSUPPORTED` where relaxed SIMD is demanded and missing.
 *
 * @example
 * await using backend = await openBackend([wasm()]);
 */
export function wasm(options: WasmOptions = {}): BackendProvider {
  return {
    name: "wasm",
    specVersion: 1,
    async probe(): Promise<ProbeResult> {
      const { probe } = await import("./probe.js");
      return probe();
    },
    async create(): Promise<Backend> {
      const { createWasmBackend } = await import("./create.js");
      return createWasmBackend(options);
    },
  };
}
