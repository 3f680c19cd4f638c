import type { Buffers } from "./buffers.js";
import type { Kernel, Launch } from "./kernel.js";
import type { KnownExpressions } from "./known-expressions.js";
import type { ProductParams } from "./params.js";

/** What kernels may be generated with on this device. */
export interface DeviceTraits {
  readonly limits: GPUSupportedLimits;
  /** Whether products of f16 factors are computed in f16. */
  readonly halfArithmetic: boolean;
}

/** What the operations of one backend share. */
export interface Workspace {
  readonly buffers: Buffers;
  readonly traits: DeviceTraits;
  readonly expressions: KnownExpressions;
  /** What products run with now; a tuner may change it between calls. */
  readonly params: ProductParams;
  /** A kernel by its name, generated when first asked for. */
  kernel(name: string, generate: () => Omit<Kernel, "name">): Kernel;
  launch(launch: Launch): void;
}
