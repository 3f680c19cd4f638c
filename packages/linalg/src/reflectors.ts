import { type Backend, type DType, type MatrixView, transposeView, windowView } from "@blk/core";
import type { Scratch } from "./scratch.js";
import { gemm, rowsOf } from "./views.js";

/** One block of reflections, `I − V·T·Vᵀ`, that acts on rows from `from` on. */
export interface ReflectorBlock {
  readonly from: number;
  /** (m − from)×b, unit lower trapezoidal, zeros stored. */
  readonly v: MatrixView;
  /** b×b, upper triangular, zeros stored. */
  readonly t: MatrixView;
}

/** Room for {@link applyBlock} on up to `cols` columns. */
export interface ReflectorRoom {
  readonly first: MatrixView;
  readonly second: MatrixView;
}

export function reflectorRoom(
  scratch: Scratch,
  dtype: DType,
  size: number,
  cols: number,
): ReflectorRoom {
  return { first: scratch.view(dtype, size, cols), second: scratch.view(dtype, size, cols) };
}

/** `c ← H·c`, or `Hᵀ·c`: three products. `c` has the rows of `v`. */
export function applyBlock(
  backend: Backend,
  { v, t }: Pick<ReflectorBlock, "v" | "t">,
  c: MatrixView,
  transpose: boolean,
  room: ReflectorRoom,
): void {
  if (c.cols === 0 || v.cols === 0) return;
  const first = windowView(room.first, 0, 0, v.cols, c.cols);
  const second = windowView(room.second, 0, 0, v.cols, c.cols);
  gemm(backend, first, transposeView(v), c);
  gemm(backend, second, transpose ? transposeView(t) : t, first);
  gemm(backend, c, v, second, { alpha: -1, beta: 1 });
}

/** `c ← Q·c` or `Qᵀ·c`, where `Q` is the product of the blocks in their order. */
export function applyReflectors(
  backend: Backend,
  blocks: readonly ReflectorBlock[],
  c: MatrixView,
  transpose: boolean,
  scratch: Scratch,
): void {
  const widest = blocks.reduce((most, { v }) => Math.max(most, v.cols), 0);
  const room = reflectorRoom(scratch, c.dtype, widest, c.cols);
  for (const block of transpose ? blocks : [...blocks].reverse()) {
    applyBlock(backend, block, rowsOf(c, block.from, c.rows), transpose, room);
  }
}

/**
 * The first columns of Q, of which `q` has room for: Q times the leading columns of the identity.
 * A block leaves alone the columns that stand before it, so there is half as much to do.
 */
export function formQ(
  backend: Backend,
  blocks: readonly ReflectorBlock[],
  q: MatrixView,
  scratch: Scratch,
): void {
  const widest = blocks.reduce((most, { v }) => Math.max(most, v.cols), 0);
  const room = reflectorRoom(scratch, q.dtype, widest, q.cols);
  for (const block of [...blocks].reverse()) {
    const { from } = block;
    const rest = windowView(q, from, from, q.rows - from, q.cols - from);
    applyBlock(backend, block, rest, false, room);
  }
}
