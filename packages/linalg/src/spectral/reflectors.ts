import { type MatrixView, transposeView } from "@blk/core";
import { formT } from "../compact-wy.js";
import { reflectorBlock } from "../params.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";

/** Reflectors Hᵢ = I − τᵢ·vᵢ·vᵢᵀ: vᵢ is row i, zero before column i + `shift`. */
export interface Reflectors {
  readonly rows: HostMatrix;
  readonly taus: Float64Array;
  readonly shift: number;
}

/** Scratch memory for applying blocks of up to so many reflectors to so many rows. */
export class BlockReflectors {
  private readonly work: HostWorkspace;
  private readonly reflectors: Reflectors;
  private readonly gram: HostMatrix;
  private readonly triangle: HostMatrix;
  private readonly scaled: HostMatrix;
  private readonly parts: HostMatrix;

  constructor(work: HostWorkspace, reflectors: Reflectors, block: number, lines: number) {
    this.work = work;
    this.reflectors = reflectors;
    this.gram = work.unwritten(block, block);
    this.triangle = work.unwritten(block, block);
    this.scaled = work.unwritten(block, reflectors.rows.cols);
    this.parts = work.unwritten(lines, block);
  }

  /**
   * Multiplies the rows of `c`, whose columns begin where vector `start` does, by H₀·…·Hₖ = I − Vᵀ·T·V
   * of the reflectors from `start` on, with an upper triangular T: the compact WY form (Schreiber and
   * Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989). `isTransposed`: by the transpose, Hₖ·…·H₀.
   */
  apply(
    c: MatrixView,
    [start, size]: readonly [start: number, size: number],
    isTransposed: boolean,
  ): void {
    if (c.rows === 0 || size === 0) return;
    const { work } = this;
    const { rows: vectors, taus, shift } = this.reflectors;
    const first = start + shift;
    const width = vectors.cols - first;
    const v = vectors.window(start, first, size, width);
    const parts = this.parts.window(0, 0, c.rows, size);
    work.multiply([
      { c: this.gram.window(0, 0, size, size), terms: [{ a: v, b: transposeView(v) }] },
      { c: parts, terms: [{ a: c, b: transposeView(v) }] },
    ]);
    const { gram, triangle } = this;
    formT(triangle.data, triangle.cols, taus.subarray(start, start + size), gram.data, gram.cols);
    const t = this.triangle.window(0, 0, size, size);
    const scaled = this.scaled.window(0, 0, size, width);
    work.multiply([{ c: scaled, terms: [{ a: isTransposed ? transposeView(t) : t, b: v }] }]);
    work.multiply([{ c, terms: [{ a: parts, b: scaled }] }], { alpha: -1, beta: 1 });
  }

  dispose(): void {
    for (const matrix of [this.gram, this.triangle, this.scaled, this.parts])
      this.work.free(matrix);
  }
}

/** Rows ← rows·(H₀·H₁·…)ᵀ: of vectors that stand in rows, what Q = H₀·H₁·… makes of each. */
export function applyToVectors(
  work: HostWorkspace,
  reflectors: Reflectors,
  target: HostMatrix,
): void {
  const count = reflectors.taus.length;
  const block = Math.min(count, reflectorBlock);
  if (block === 0) return;
  const blocks = new BlockReflectors(work, reflectors, block, target.rows);
  for (let start = Math.floor((count - 1) / block) * block; start >= 0; start -= block) {
    const first = start + reflectors.shift;
    const c = target.window(0, first, target.rows, target.cols - first);
    blocks.apply(c, [start, Math.min(block, count - start)], true);
  }
  blocks.dispose();
}
