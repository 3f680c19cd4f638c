import { type Backend, BlockMatrix, matmul } from "@blk/core";

/** Rows and columns of the products. */
const size = 512;

/**
 * Works with a backend that tries its kernels by itself until it has done so, for `seconds` at most; any
 * other is left alone. It tries them in turns of the event loop that programs have and timing does not,
 * so that what is timed without this may be kernels that no program keeps running. Rejects with what a
 * product throws.
 */
export async function awaitOwnTrials(backend: Backend, seconds: number): Promise<void> {
  const { trials, dtypes } = backend.capabilities;
  if (trials === undefined) return;
  const end = performance.now() + seconds * 1000;
  for (const dtype of ["f32", "f64"] as const) {
    if (dtypes.includes(dtype)) await workUntilTried(backend, dtype, end);
  }
}

async function workUntilTried(backend: Backend, dtype: "f32" | "f64", end: number): Promise<void> {
  const isTried = (): boolean =>
    backend.capabilities.trials?.some(({ kernels }) => kernels.startsWith(dtype)) ?? false;
  const a = BlockMatrix.zeros(backend, { rows: size, cols: size, dtype });
  try {
    while (!isTried() && performance.now() < end) {
      matmul(a, a).dispose();
      await backend.finish();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    a.dispose();
  }
}
