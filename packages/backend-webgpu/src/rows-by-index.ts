import { BlkError, type MatrixView } from "@blk/core";
import type { Kernel } from "./kernel.js";
import { launchTasks } from "./kernel-tasks.js";
import { gatherElements, gatherKernel } from "./kernels/gather.js";
import { scatterAddKernel, scatterInvocations } from "./kernels/scatter-add.js";
import { type Bindings, bind } from "./operands.js";
import type { Workspace } from "./workspace.js";

/**
 * Row i of `out` ← row `indices[i]` of `source`, or zeros where that lies outside of it. The bits
 * of the elements are copied as they are. `indices` is an i32 column of out's length.
 *
 * Throws `DTYPE` where source and out differ in type, or indices are not i32.
 */
export function gather(
  workspace: Workspace,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
): void {
  checkTypes("gather", source, indices, out);
  // Words are moved as integers: of floats, a device might not keep every bit.
  const [from, to] = [source, out].map(asWords) as [MatrixView, MatrixView];
  run(workspace, "gather", [to, from, indices], {
    tiles: Math.ceil((out.rows * out.cols) / gatherElements),
    header: [out.rows, out.cols, source.rows],
    generate: gatherKernel,
  });
}

/**
 * Row `indices[i]` of `out` += row i of `source`, in order of i, so that repeated indices add up;
 * rows outside of `out` are dropped. Each addition is rounded to out's type, or wraps for i32.
 * `indices` is an i32 column of source's length.
 *
 * Throws `DTYPE` where source and out differ in type, or indices are not i32.
 */
export function scatterAdd(
  workspace: Workspace,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
): void {
  checkTypes("scatterAdd", source, indices, out);
  const { rows, cols } = source;
  const bands = bandsOf(out.rows, cols);
  run(workspace, "scatterAdd", [out, source, indices], {
    tiles: rows === 0 ? 0 : Math.ceil((bands * cols) / scatterInvocations),
    header: [rows, cols, out.rows, bands],
    generate: scatterAddKernel,
  });
}

/** Invocations that keep a device busy, as far as there is work for them. */
const busy = 2 ** 14;
/** Bands of rows at most: each invocation reads all indices. */
const mostBands = 64;

/** How many bands out's rows are cut into, each column of which one invocation adds up in order. */
function bandsOf(rows: number, cols: number): number {
  return Math.min(rows, mostBands, Math.ceil(busy / Math.max(1, cols)));
}

interface Moves {
  readonly tiles: number;
  readonly header: readonly number[];
  generate(bindings: Bindings): Omit<Kernel, "name">;
}

/** Views are out, source and indices. */
function run(
  workspace: Workspace,
  operation: string,
  views: readonly MatrixView[],
  { tiles, header, generate }: Moves,
): void {
  const operands = views.map((view, i) => ({ view, isWritten: i === 0 }));
  const words = [...header];
  for (const { offset, rowStride, colStride } of views) words.push(offset, rowStride, colStride);
  const task = { bindings: bind(workspace.buffers, operands, operation), tiles, words };
  launchTasks(workspace, [task], {
    operation,
    header: new Int32Array(0),
    kernelOf: (bindings) =>
      workspace.kernel(`${operation}_${bindings.key}`, () => generate(bindings)),
  });
}

function asWords(view: MatrixView): MatrixView {
  return view.dtype === "f32" ? { ...view, dtype: "i32" } : view;
}

function checkTypes(
  operation: string,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
): void {
  if (indices.dtype !== "i32") {
    throw new BlkError("DTYPE", `${operation}: indices must be i32, got ${indices.dtype}`);
  }
  if (source.dtype !== out.dtype) {
    throw new BlkError(
      "DTYPE",
      `${operation}: source is ${source.dtype} and out is ${out.dtype}; they must be the same`,
    );
  }
}
