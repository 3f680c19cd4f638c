import type { GpuBuffer } from "./buffers.js";

/** A shader: what it is generated from is told by its name alone. */
export interface Kernel {
  /** Grammatical and unique: label, profile row and cache key, such as `map_f32_4rrw_…`. */
  readonly name: string;
  /**
   * WGSL with one entry point, `main`. Its buffers are `@group(0)` in the order of the launch's;
   * `@group(1) @binding(0)` is {@link paramsDeclaration}.
   */
  readonly code: string;
  /** Which of the buffers it writes, in the order of `@group(0)`. */
  readonly writes: readonly boolean[];
}

/** One dispatch of a kernel. */
export interface Launch {
  /** The operation that a person called: `matmul`, `map`. */
  readonly operation: string;
  readonly kernel: Kernel;
  /** As many as {@link Kernel.writes}; none twice. */
  readonly buffers: readonly GpuBuffer[];
  /** What the kernel finds in `params`: sizes, offsets, strides, tables of tasks. */
  readonly params: Uint32Array | Int32Array;
  /** Workgroups, each count at most the device's `maxComputeWorkgroupsPerDimension`. */
  readonly workgroups: readonly [number, number, number];
}

/** How every kernel declares its parameters. */
export const paramsDeclaration = "@group(1) @binding(0) var<storage, read> params: array<i32>;";
