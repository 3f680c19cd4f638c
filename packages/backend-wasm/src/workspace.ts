import type { MatrixView } from "@blk/core";
import type { Commands } from "./commands.js";
import type { Executor } from "./executor.js";
import type { Kernel } from "./kernel.js";
import type { KnownExpressions } from "./known-expressions.js";
import type { LinearMemory } from "./linear-memory.js";
import type { Window } from "./window.js";

/** What the operations of one backend share. */
export interface Workspace {
  readonly memory: LinearMemory;
  readonly commands: Commands;
  readonly executor: Executor;
  readonly expressions: KnownExpressions;
  /** Whether results must have the bits of `@blk/backend-js`: see each operation for what that means. */
  readonly reproducible: boolean;
  /** Whether multiply-adds round once, by relaxed SIMD. */
  readonly fused: boolean;
  /** A kernel by its name, generated when it was not asked for lately. */
  kernel(name: string, generate: () => Kernel): Kernel;
  /** A view as kernels see it. Throws `DISPOSED`, `BACKEND_MISMATCH` or `BOUNDS`. */
  window(view: MatrixView, operation: string): Window;
}
