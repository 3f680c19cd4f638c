import { BlkError } from "@blk/core";
import type { Kernel } from "../kernel.js";

/** The error for a kernel that trapped, on whichever thread. */
export function kernelFailed(kernel: Kernel, what: string, cause?: unknown): BlkError {
  return new BlkError(
    "DEVICE_LOST",
    `wasm: the kernel ${kernel.name} failed (${what}); the results of this call are not to be used. That is a fault of this backend or of the engine; open another backend to go on`,
    { details: { kernel: kernel.name }, cause },
  );
}

/** The error for a call during which workers stopped; `threads` are left. */
export function workersLost(kernel: Kernel, count: number, threads: number): BlkError {
  const who = count === 1 ? "a worker thread" : `${count} worker threads`;
  const rest = threads === 1 ? "one thread goes on" : `${threads} threads go on`;
  return new BlkError(
    "DEVICE_LOST",
    `wasm: ${who} stopped while computing ${kernel.name}; the results of this call are not complete. Later calls work, ${rest}: compute this one again`,
    { details: { kernel: kernel.name, lost: count, threads } },
  );
}
