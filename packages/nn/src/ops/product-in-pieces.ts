import type { BlockMatrix } from "@blk/core";
import * as core from "@blk/core";

/** Elements that are gathered at a time: 1 MiB of f32. */
const pieceElements = 2 ** 18;

/**
 * α·Gᵀ·δ, G being `gather(a, rows)`, of which only some rows are in memory at a time: the gradient of
 * a convolution's weight. `like` tells the cuts and blocks of the result.
 */
export function productInPieces(
  a: BlockMatrix,
  rows: BlockMatrix,
  delta: BlockMatrix,
  like: BlockMatrix,
  alpha: number,
): BlockMatrix {
  const { pattern, rowPartition, colPartition } = like;
  const height = Math.max(1, Math.floor(pieceElements / Math.max(1, like.rows)));
  const cuts = pattern === undefined ? {} : { blockCols: colPartition };
  const ofPiece = (start: number, sums: BlockMatrix | undefined): BlockMatrix => {
    const count = Math.min(height, rows.rows - start);
    const windows = core.gather(a, core.window(rows, start, 0, count, rows.cols));
    const left = pattern === undefined ? windows : cut(windows, { blockCols: rowPartition });
    const right = cut(core.window(delta, start, 0, count, delta.cols), cuts);
    const more = sums === undefined ? {} : { beta: 1, out: sums };
    const sampled = pattern === undefined ? {} : { pattern };
    return core.matmul(left, right, { transposeA: true, alpha, ...sampled, ...more });
  };
  let sums = core.scope(() => ofPiece(0, undefined));
  for (let start = height; start < rows.rows; start += height) {
    sums = core.scope(() => ofPiece(start, sums));
  }
  return sums;
}

function cut(x: BlockMatrix, options: core.RepartitionOptions): BlockMatrix {
  return core.repartition(x, options);
}
