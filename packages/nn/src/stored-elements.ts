/** The elements that a matrix stores, bit by bit: f16 and NaN as they are, absent blocks left out. */
import {
  type BlockMatrix,
  denseView,
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
