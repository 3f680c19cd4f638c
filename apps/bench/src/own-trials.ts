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
  const isTried = (dtype: string): boolean =>
    backend.capabilities.trials?.some(({ kernels }) => kernels.startsWith(dtype)) ?? false;
  const end = performance.now() + seconds * 1000;
  const factors: BlockMatrix[] = [];
  try {
    for (const dtype of ["f32", "f64"] as const) {
      if (!dtypes.includes(dtype)) continue;
      factors.push(BlockMatrix.zeros(backend, { rows: size, cols: size, dtype }));
    }
    while (performance.now() < end) {
      // Side by side, for a trial mostly rests.
      const untried = factors.filter(({ dtype }) => !isTried(dtype));
      if (untried.length === 0) return;
      for (const factor of untried) matmul(factor, factor).dispose();
      await backend.finish();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    for (const factor of factors) factor.dispose();
  }
}
