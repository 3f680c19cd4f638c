/** The elements that a matrix stores, bit by bit: f16 and NaN as they are, absent blocks left out. */
import {
  BlkError,
  type BlockMatrix,
  bytesPerElement,
  denseView,
  dtypeOf,
  type HostArray,
  isContiguous,
  type MatrixView,
  newHostArray,
} from "@blk/core";

/** Number of stored elements. Throws `DISPOSED`. */
export function storedCount(operation: string, matrix: BlockMatrix): number {
  return runsOf(operation, matrix).reduce((sum, { rows, cols }) => sum + rows * cols, 0);
}

/**
 * Present blocks in the order of the pattern, each row by row; of a dense matrix, all elements row by
 * row. `f16` as bits. Throws `DISPOSED`, and what reading rejects with.
 */
export async function readStored(operation: string, matrix: BlockMatrix): Promise<HostArray> {
  const runs = runsOf(operation, matrix);
  const parts = await Promise.all(runs.map((run) => matrix.backend.read(run)));
  if (parts.length === 1) return parts[0] as HostArray;
  const all = newHostArray(
    matrix.dtype,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/**
 * The reverse of {@link readStored}: overwrites the elements in place. Throws `DTYPE` or `SHAPE` where
 * `elements` are others than the matrix holds, `ARGUMENT` for a window on a larger matrix, `DISPOSED`.
 */
export function writeStored(operation: string, matrix: BlockMatrix, elements: HostArray): void {
  const runs = runsOf(operation, matrix);
  if (dtypeOf(elements) !== matrix.dtype) {
    throw new BlkError(
      "DTYPE",
      `${operation}: expected ${matrix.dtype} for ${matrix}, got ${dtypeOf(elements)}`,
    );
  }
  const count = runs.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  if (count !== elements.length) {
    throw new BlkError(
      "SHAPE",
      `${operation}: ${matrix} stores ${count} elements, got ${elements.length}`,
    );
  }
  if (!runs.every(isContiguous)) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: ${matrix} is a window on a larger matrix, whose rows do not follow one another; write to that one`,
    );
  }
  let start = 0;
  for (const { buffer, dtype, offset, rows, cols } of runs) {
    const part = elements.subarray(start, start + rows * cols);
    matrix.backend.write(buffer, part, offset * bytesPerElement(dtype));
    start += rows * cols;
  }
}

/** The windows of the matrix, joined where they follow one another in memory: mostly one. */
function runsOf(operation: string, matrix: BlockMatrix): readonly MatrixView[] {
  const storage = matrix.storage(operation);
  if (storage.kind === "dense") return [storage.view];
  const runs: MatrixView[] = [];
  let [start, end] = [0, 0];
  for (const view of storage.views) {
    const last = runs[runs.length - 1];
    const follows = last?.buffer === view.buffer && view.offset === end && isContiguous(view);
    if (last !== undefined && follows && isContiguous(last)) {
      end += view.rows * view.cols;
      runs[runs.length - 1] = denseView(view.buffer, view.dtype, 1, end - start, start);
    } else {
      runs.push(view);
      start = view.offset;
      end = start + view.rows * view.cols;
    }
  }
  return runs;
}
