import { tune } from "@blk/backend-webgpu";
import { type Backend, BlockMatrix, isBlkError, type KernelTrial, matmul } from "@blk/core";
import { isSoftwareAdapter } from "./software-adapter.js";
import { UsageError } from "./usage-error.js";

/** Rows and columns of the products. */
const size = { usual: 512, ofTrials: 1024, inSoftware: 256 };

/**
 * Lets a backend try which of its kernels is the fastest here, and tells what it measured: at once where
 * that can be asked for, or else by products of f32 and f64 until it does so by itself, for `seconds` at
 * most. Throws `UsageError` for a backend that tries none.
 */
export async function tryKernels(
  backend: Backend,
  seconds: number,
): Promise<readonly KernelTrial[]> {
  const { name } = backend;
  if (!(await isTuned(backend))) {
    const { trials, dtypes } = backend.capabilities;
    if (trials === undefined) {
      throw new UsageError(
        `${name} has one kernel for each type of number and tries no others; choose another backend`,
      );
    }
    const end = performance.now() + seconds * 1000;
    for (const dtype of ["f32", "f64"] as const) {
      if (dtypes.includes(dtype)) await workUntilTried(backend, dtype, end);
    }
  }
  const { trials = [] } = backend.capabilities;
  if (trials.length > 0) return [...trials];
  throw new UsageError(`${name} tried no other kernels within ${seconds} s; try it once more`);
}

/** Whether it is a backend that tries its kernels when it is asked to, which it then has done. */
async function isTuned(backend: Backend): Promise<boolean> {
  const isInSoftware = isSoftwareAdapter(backend.capabilities.device);
  try {
    await tune(backend, isInSoftware ? size.inSoftware : size.ofTrials);
    return true;
  } catch (error) {
    if (isBlkError(error, "BACKEND_MISMATCH")) return false;
    throw error;
  }
}

/** Products until one trial more is there. */
async function workUntilTried(backend: Backend, dtype: "f32" | "f64", end: number): Promise<void> {
  const tried = (): number => backend.capabilities.trials?.length ?? 0;
  const before = tried();
  const a = BlockMatrix.zeros(backend, { rows: size.usual, cols: size.usual, dtype });
  try {
    while (tried() === before && performance.now() < end) {
      matmul(a, a).dispose();
      await backend.finish();
      // It tries them while nothing else is to be done.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    a.dispose();
  }
}
