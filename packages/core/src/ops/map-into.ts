import type { Backend, ElementwiseMany, MatrixView } from "../backend.js";
import type { BlockMatrix } from "../block-matrix.js";
import { checkAliasesInPlace } from "../check-views.js";
import { bytesPerElement, computeDType } from "../dtype.js";
import { BlkError } from "../errors.js";
import { input, type Operand } from "../expression/build.js";
import type { Expr } from "../expression/expression.js";
import { scope } from "../scope.js";
import type { Storage } from "../storage.js";
import { broadcastView, denseView, isContiguous, windowView } from "../view.js";
import { expressionOf } from "./expression-of.js";
import { commonShape } from "./map.js";
import { commonBackend, commonDType } from "./operands.js";
import { toDense } from "./to-dense.js";

/** Outputs of a task that a backend computes at once: of so few, every device binds the memory. */
export const mostOuts = 4;

/** What {@link mapInto} reads and what it writes. */
export interface IntoTask {
  readonly operands: readonly BlockMatrix[];
  /** Alike in shape and blocks. Each may be one of the operands. */
  readonly outs: readonly BlockMatrix[];
}

/**
 * `outs[k][i, j] ← fn(x[i, j], y[i, j], …)[k]` for every task: several functions of the same
 * operands in one pass over memory, in place where an output is one of its task's operands. All
 * that is read is read before it is overwritten. Operands of one row or one column are repeated;
 * absent blocks count as zeros. Arithmetic happens in the compute type of the outputs, which all
 * tasks share, as they do the numbers of operands and of outputs.
 *
 * Throws `SHAPE`, `DTYPE`, `PARTITION`, `ALIAS`, `ARGUMENT`, `BACKEND_MISMATCH` or `DISPOSED`.
 *
 * ```ts
 * // Momentum: one pass for both.
 * mapInto([{ operands: [w, v, g], outs: [w, v] }], (w, v, g) => {
 *   const next = expr.add(expr.mul(0.9, v), g);
 *   return [expr.sub(w, expr.mul(0.1, next)), next];
 * });
 * ```
 */
export function mapInto(
  tasks: readonly IntoTask[],
  fn: (...operands: Expr[]) => readonly Operand[],
  { label = "mapInto" }: { readonly label?: string } = {},
): void {
  const [first] = tasks;
  const reads = first?.operands.length ?? 0;
  const writes = first?.outs.length ?? 0;
  if (first === undefined || writes === 0) return;
  if (tasks.some(({ operands, outs }) => operands.length !== reads || outs.length !== writes)) {
    throw new BlkError(
      "ARGUMENT",
      `${label}: tasks differ in their numbers of operands or outputs; the first has ${reads} and ${writes}`,
    );
  }
  const written = tasks.flatMap(({ outs }) => outs);
  const backend = commonBackend(label, [...written, ...tasks.flatMap(({ operands }) => operands)]);
  const dtype = computeDType(commonDType(label, written));
  const exprs = first.outs.map((_, k) =>
    expressionOf(label, (...xs) => fn(...xs)[k] as Operand, reads, dtype),
  );
  scope(() => {
    const list = tasks.flatMap((task) => viewsOf(label, task));
    checkAliasesInPlace(label, list);
    const many = backend.fused?.mapMany;
    if (many === undefined || writes > mostOuts) mapEach(backend, list, exprs);
    else many.call(backend.fused, list, exprs);
  });
}

/** The views of a task: one for each block of the outputs, or one for all blocks side by side. */
function viewsOf(label: string, { operands, outs }: IntoTask): readonly ElementwiseMany[] {
  const [out] = outs as [BlockMatrix];
  const { rowPartition, colPartition, pattern } = out;
  const hasBlocks = (x: BlockMatrix): boolean =>
    x.pattern === undefined
      ? pattern === undefined
      : pattern !== undefined &&
        x.pattern.equals(pattern) &&
        x.rowPartition.equals(rowPartition) &&
        x.colPartition.equals(colPartition);
  const [height, width] = commonShape(label, [...outs, ...operands]);
  const other = outs.find((x) => x.rows !== height || x.cols !== width || !hasBlocks(x));
  if (other !== undefined) {
    const fits = other.rows === height && other.cols === width;
    throw new BlkError(
      fits ? "PARTITION" : "SHAPE",
      `${label}: ${other} cannot be written beside ${out}, of a common shape ${height}×${width}; make all outputs of that shape, with the same blocks`,
    );
  }
  const storages = [...outs, ...operands].map((x) =>
    (x.isSparse && !hasBlocks(x) ? toDense(x) : x).storage(label),
  );
  const lists = inOneRow(storages) ?? storages.map((storage) => blocksOf(storage, out));
  return (lists[0] as readonly MatrixView[]).map((_, i) => {
    const views = lists.map((list) => list[i] as MatrixView);
    return { inputs: views.slice(outs.length), outs: views.slice(0, outs.length) };
  });
}

/** Block-sparse matrices with the same blocks, each side by side in memory, as rows; and numbers. */
function inOneRow(storages: readonly Storage[]): readonly (readonly MatrixView[])[] | undefined {
  const rows = storages.map((storage) =>
    storage.kind === "sparse" ? rowOf(storage.views) : storage.view,
  );
  const length = rows[0]?.cols;
  const fits = (row: MatrixView | undefined, i: number): boolean =>
    row?.rows === 1 && row.cols === (storages[i]?.kind === "sparse" ? length : 1);
  if (length === undefined || storages[0]?.kind === "dense" || !rows.every(fits)) return undefined;
  return rows.map((row) => [broadcastView(row as MatrixView, 1, length)]);
}

/** Blocks that lie side by side, as one row. */
function rowOf(blocks: readonly MatrixView[]): MatrixView | undefined {
  const [first] = blocks;
  let cols = 0;
  for (const block of blocks) {
    const isNext = block.buffer === first?.buffer && block.offset === first.offset + cols;
    if (!isNext || !isContiguous(block)) return undefined;
    cols += block.rows * block.cols;
  }
  return first && denseView(first.buffer, first.dtype, 1, cols, first.offset);
}

/** The windows on the blocks of `like`, if that is block-sparse, or on all of it. */
function blocksOf(storage: Storage, like: BlockMatrix): readonly MatrixView[] {
  if (storage.kind === "sparse") return storage.views;
  const { rows, cols, rowPartition, colPartition, pattern } = like;
  const view = broadcastView(storage.view, rows, cols);
  if (pattern === undefined) return [view];
  const views: MatrixView[] = [];
  pattern.forEach((row, col) => {
    const [top, left] = [rowPartition.start(row), colPartition.start(col)];
    const [high, wide] = [rowPartition.length(row), colPartition.length(col)];
    views.push(windowView(view, top, left, high, wide));
  });
  return views;
}

/** The same by one map for each expression, into memory of its own first. */
function mapEach(
  backend: Backend,
  tasks: readonly ElementwiseMany[],
  exprs: readonly Expr[],
): void {
  const buffers: { dispose(): void }[] = [];
  try {
    const copies = exprs.flatMap((expr, k) => {
      const list = tasks.map(({ inputs, outs }) => {
        const { dtype, rows, cols } = outs[k] as MatrixView;
        const buffer = backend.allocate(rows * cols * bytesPerElement(dtype));
        buffers.push(buffer);
        return { inputs, out: denseView(buffer, dtype, rows, cols) };
      });
      backend.map(list, expr);
      return list.map(({ out }, i) => ({ inputs: [out], out: tasks[i]?.outs[k] as MatrixView }));
    });
    backend.map(copies, input(0));
  } finally {
    for (const buffer of buffers) buffer.dispose();
  }
}
