import { tune } from "@blk/backend-webgpu";
import { type Backend, isBlkError, type KernelTrial } from "@blk/core";
import { awaitOwnTrials } from "./own-trials.js";
import { isSoftwareAdapter } from "./software-adapter.js";
import { UsageError } from "./usage-error.js";

/** Rows and columns of the products that are tried on request. */
const size = { usual: 1024, inSoftware: 256 };

/**
 * Lets a backend try which of its kernels is the fastest here, and tells what it measured: at once where
 * that can be asked for, or else by products of f32 and f64 until it does so by itself, for `seconds` at
 * most. Throws `UsageError` for a backend that tries none.
 */
export async function tryKernels(
  backend: Backend,
  seconds: number,
): Promise<readonly KernelTrial[]> {
  const { name, capabilities } = backend;
  const known = new Set(capabilities.notes);
  if (!(await isTuned(backend))) {
    if (capabilities.trials === undefined) {
      throw new UsageError(
        `${name} has one kernel for each type of number and tries no others; choose another backend`,
      );
    }
    await awaitOwnTrials(backend, seconds);
  }
  const { trials = [], notes } = backend.capabilities;
  if (trials.length > 0) return [...trials];
  // What has come up since then says why.
  const reasons = notes.filter((note) => !known.has(note));
  const advice = reasons.length > 0 ? reasons.join("; ") : "try it once more";
  throw new UsageError(`${name} tried no other kernels within ${seconds} s; ${advice}`);
}

/** Whether it is a backend that tries its kernels when it is asked to, which it then has done. */
async function isTuned(backend: Backend): Promise<boolean> {
  const isInSoftware = isSoftwareAdapter(backend.capabilities.device);
  try {
    await tune(backend, isInSoftware ? size.inSoftware : size.usual);
    return true;
  } catch (error) {
    if (isBlkError(error, "BACKEND_MISMATCH")) return false;
    throw error;
  }
}
