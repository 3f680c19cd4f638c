import { type MatrixView, transposeView, windowView } from "@blk/core";
import type { Leaves } from "./leaves.js";
import { factorQrPanel } from "./qr-panel.js";
import { applyBlock, type ReflectorBlock, reflectorRoom } from "./reflectors.js";
import type { Scratch } from "./scratch.js";
import { gemm, half, setZero } from "./views.js";

/**
 * `A = Q·R`: leaves R on and above the diagonal of `a` (below it, anything) and gives Q as blocks of
 * reflections, whose memory is `memory`'s. Blocks of columns go from left to right; each is
 * factorised recursively by halves, so that panels are narrow and the rest are products.
 * Source: Elmroth and Gustavson, "Applying recursion to serial and parallel QR factorization leads to
 * better performance", IBM J. Res. Dev. 44 (2000).
 */
export async function reflect(
  leaves: Leaves,
  memory: Scratch,
  temporary: Scratch,
  a: MatrixView,
): Promise<readonly ReflectorBlock[]> {
  const { backend, sizes } = leaves;
  const { rows, cols, dtype } = a;
  const order = Math.min(rows, cols);
  if (order === 0) return [];
  const size = Math.min(sizes.reflectors, order);
  const v = memory.view(dtype, rows, order);
  const t = memory.view(dtype, order, size);
  setZero(backend, v);
  setZero(backend, t);
  const room = reflectorRoom(temporary, dtype, size, cols);

  const leaf = async (from: number, to: number, tBlock: MatrixView): Promise<void> => {
    const [width, height] = [to - from, rows - from];
    const views = {
      reads: [transposeView(windowView(a, from, from, height, width))],
      writes: [
        windowView(a, from, from, width, width),
        transposeView(windowView(v, from, from, height, width)),
        tBlock,
      ],
    } as const;
    await leaves.run(views, ({ reads: [panel], writes: [top, reflections, factor] }) => {
      factorQrPanel(panel, height, width, factor);
      splitPanel(panel, height, width, top, reflections);
    });
  };

  /** T of columns `from` to `to` lands in `tBlock`. */
  const factor = async (from: number, to: number, tBlock: MatrixView): Promise<void> => {
    if (to - from <= sizes.panel) {
      await leaf(from, to, tBlock);
      return;
    }
    const left = half(to - from, sizes.panel);
    const [middle, right] = [from + left, to - from - left];
    const t1 = windowView(tBlock, 0, 0, left, left);
    const t2 = windowView(tBlock, left, left, right, right);
    await factor(from, middle, t1);
    const v1 = windowView(v, from, from, rows - from, left);
    applyBlock(
      backend,
      { v: v1, t: t1 },
      windowView(a, from, middle, rows - from, right),
      true,
      room,
    );
    await factor(middle, to, t2);
    // T₁₂ = −T₁·(V₁ᵀ·V₂)·T₂
    const overlap = windowView(room.first, 0, 0, left, right);
    const scaled = windowView(room.second, 0, 0, left, right);
    const lower = transposeView(windowView(v, middle, from, rows - middle, left));
    gemm(backend, overlap, lower, windowView(v, middle, middle, rows - middle, right));
    gemm(backend, scaled, t1, overlap, { alpha: -1 });
    gemm(backend, windowView(tBlock, 0, left, left, right), scaled, t2);
  };

  const blocks: ReflectorBlock[] = [];
  for (let from = 0; from < order; from += size) {
    const to = Math.min(order, from + size);
    const width = to - from;
    const tBlock = windowView(t, from, 0, width, width);
    await factor(from, to, tBlock);
    const block = { from, v: windowView(v, from, from, rows - from, width), t: tBlock };
    blocks.push(block);
    applyBlock(backend, block, windowView(a, from, to, rows - from, cols - to), true, room);
  }
  return blocks;
}

/** Takes a panel, stored column by column, apart: R's square on top and V with its ones and zeros. */
function splitPanel(
  panel: Float64Array,
  height: number,
  width: number,
  top: Float64Array,
  reflections: Float64Array,
): void {
  top.fill(0);
  reflections.set(panel);
  for (let j = 0; j < width; j++) {
    for (let i = 0; i <= j; i++) top[i * width + j] = panel[j * height + i] as number;
    reflections.fill(0, j * height, j * height + j);
    reflections[j * height + j] = 1;
  }
}
