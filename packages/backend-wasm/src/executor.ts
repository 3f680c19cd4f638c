import type { Kernel } from "./kernel.js";
import type { LinearMemory } from "./linear-memory.js";
import { whyNotShared } from "./probe.js";
import { SingleThread } from "./threads/single-thread.js";
import { type StartWorker, startWorker } from "./threads/start-worker.js";
import { ThreadPool } from "./threads/thread-pool.js";

/** Runs kernels on the items of a call. */
export interface Executor {
  /** Threads that share the items, the calling one included: fewer when one is lost. */
  readonly threads: number;
  /** What a person should know of them, such as why there is only one. */
  readonly notes: readonly string[];
  /**
   * Computes `count` items of `itemBytes` each from the address `items` on, and returns when all
   * are done. `nanoseconds` is about how long one thread takes: short calls are not worth sharing.
   *
   * Throws `OUT_OF_MEMORY` where there is no room for the kernel's scratch memory, and `DEVICE_LOST`
   * where the kernel fails or a thread stops: the call's results are not to be used then.
   */
  run(kernel: Kernel, items: number, count: number, nanoseconds: number): void;
  /** Stops what it started, and lets go of the memory's arrays; a second call does nothing. */
  dispose(): Promise<void>;
}

/** Settings of {@link createExecutor}. */
export interface ExecutorOptions {
  /** Threads that are to share the work, the calling one included: 1 or more. */
  readonly threads: number;
  /** How a worker is started. */
  readonly startWorker?: StartWorker;
  /** Milliseconds without progress after which a worker is given up; default 5000. */
  readonly patience?: number;
}

/**
 * An executor for a memory. With more than one thread, the memory must be shared, else there is one
 * thread and a note that says why.
 */
export function createExecutor(memory: LinearMemory, options: ExecutorOptions): Executor {
  const { threads, patience = 5000 } = options;
  if (threads <= 1) return new SingleThread(memory);
  if (!memory.shared) {
    const reason = whyNotShared() ?? "the memory was not made to be shared";
    return new SingleThread(memory, [`one thread: ${reason}`]);
  }
  return new ThreadPool(memory, {
    threads,
    startWorker: options.startWorker ?? startWorker,
    patience,
  });
}

export { SingleThread } from "./threads/single-thread.js";
