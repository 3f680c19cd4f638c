import { BlkError, bytesPerElement, computeDType, type Elementwise } from "@blk/core";
import { addJob, type Batch, type Job, runBatches } from "./batches.js";
import type { Kernel } from "./kernel.js";
import type { Operand } from "./kernels/elements.js";
import { softmaxColumnsKernel, stripColumns } from "./kernels/softmax-columns.js";
import { mostScratchColumns, mostShortColumns, softmaxRowsKernel } from "./kernels/softmax-rows.js";
import type { FloatType } from "./kernels/vector.js";
import { operandOf } from "./map-kernels.js";
import { transposeWindow, type Window, writeWindow, writeWords } from "./window.js";
import type { Workspace } from "./workspace.js";

/** Elements of an item: enough for its own cost to vanish, few enough for threads to share a task. */
const itemElements = 2 ** 14;
/** Fewest columns of an item that goes along columns: memory is read that much at a time. */
const fewestColumns = 2 ** 8;

/**
 * `out[i, j] ← exp(x[i, j] − mᵢ) / Σₖ exp(x[i, k] − mᵢ)` with mᵢ the largest element of row i, so
 * that nothing overflows. In f64 for f64, else in f32. Reproducible: in f64, powers as engines
 * compute them, summed in ascending order, rounded once at the store.
 *
 * | row | result |
 * |---|---|
 * | some elements −∞ | 0 there |
 * | all −∞, or any +∞ or NaN | NaN everywhere, as the formula gives in IEEE 754 |
 *
 * Throws `DTYPE` for i32.
 */
export function softmax(workspace: Workspace, tasks: readonly Elementwise[]): void {
  const batches: Batch[] = [];
  for (const task of tasks) {
    const out = workspace.window(task.out, "softmax");
    const input = workspace.window(task.inputs[0]!, "softmax");
    if (out.dtype === "i32" || input.dtype === "i32") {
      throw new BlkError("DTYPE", "softmax: i32 has no exponential; convert to f32 or f64 first");
    }
    if (out.rows === 0 || out.cols === 0) continue;
    if (hasFastRows(workspace, input, out)) addRows(workspace, batches, input, out);
    else addColumns(workspace, batches, input, out);
  }
  runBatches(workspace, batches);
}

/** Adds a task, or a part of one, in items of height×width. */
function add(
  batches: Batch[],
  kernel: Kernel,
  input: Window,
  out: Window,
  height: number,
  width: number,
): void {
  const write: Job["write"] = (i32, at, row, col, rows, cols) => {
    const windows = writeWords(i32, at, rows, cols);
    return writeWindow(i32, writeWindow(i32, windows, input, row, col), out, row, col);
  };
  addJob(batches, kernel, { rows: out.rows, cols: out.cols, height, width, write }, 1);
}

/** Short rows are computed four at a time, but for those that are left. */
function addRows(workspace: Workspace, batches: Batch[], input: Window, out: Window): void {
  const { rows, cols } = out;
  const together = cols <= mostShortColumns ? rows - (rows % 4) : 0;
  const height = Math.ceil(itemElements / cols / 4) * 4;
  for (const [rowsAtOnce, first, end] of [
    [4, 0, together],
    [1, together, rows],
  ] as const) {
    if (first === end) continue;
    const partOf = (window: Window): Window => ({
      ...window,
      rows: end - first,
      address: window.address + first * window.rowStride,
    });
    const kernel = rowsKernelOf(workspace, input, out, rowsAtOnce);
    add(batches, kernel, partOf(input), partOf(out), height, cols);
  }
}

function addColumns(workspace: Workspace, batches: Batch[], input: Window, out: Window): void {
  [input, out].forEach(transposeWindow);
  const strip = Math.ceil(itemElements / out.rows / fewestColumns) * fewestColumns;
  const width = Math.min(out.cols, strip, stripColumns);
  add(batches, columnsKernelOf(workspace, input, out), input, out, out.rows, width);
}

/** Whether the rows are such as the kernel for rows takes. */
function hasFastRows({ reproducible }: Workspace, input: Window, out: Window): boolean {
  const isAdjacent = [input, out].every(
    ({ dtype, cols, colStride }) => colStride === bytesPerElement(dtype) || cols === 1,
  );
  const fits = out.dtype === computeDType(out.dtype) || out.cols <= mostScratchColumns;
  return isAdjacent && fits && !reproducible;
}

function rowsKernelOf(workspace: Workspace, input: Window, out: Window, rowsAtOnce: 1 | 4): Kernel {
  const name = `softmax_rows_${rowsAtOnce}_${input.dtype}_to_${out.dtype}`;
  const how = { fused: workspace.fused, limits: workspace.memory.limits };
  return workspace.kernel(name, () =>
    softmaxRowsKernel({ name, input: input.dtype, out: out.dtype, rowsAtOnce, ...how }),
  );
}

function columnsKernelOf(workspace: Workspace, input: Window, out: Window): Kernel {
  const exact = workspace.reproducible;
  const type = exact ? "f64" : (computeDType(out.dtype) as FloatType);
  const [from, to] = [operandOf(input, exact && out.dtype !== "f64"), operandOf(out)];
  const name = `softmax_columns_${type}${exact ? "_exact" : ""}_${labelOf(from)}_to_${labelOf(to)}`;
  const how = { fused: workspace.fused, limits: workspace.memory.limits };
  return workspace.kernel(name, () =>
    softmaxColumnsKernel({ name, type, input: from, out: to, exact, ...how }),
  );
}

/** `f32a`: type and spacing; `f64as` if rounded to f32. */
function labelOf({ dtype, spacing, single }: Operand): string {
  return `${dtype}${spacing === "adjacent" ? "a" : "s"}${single ? "s" : ""}`;
}
