import type { Elementwise, Expr } from "@blk/core";
import type { Kernel } from "./kernel.js";
import { mapKernelOf, nanosecondsOf, operandOf, typeOfMap } from "./map-kernels.js";
import { alignRows } from "./rows.js";
import type { Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/** Elements of an item: enough for its own cost to vanish, few enough for threads to share a task. */
const itemElements = 2 ** 15;

/**
 * Columns of an item with strided operands, such as transposed ones: elements that share a cache
 * line with those of the next rows are still there when their turn comes.
 */
const stripColumns = 64;

/**
 * `out ← expression(inputs)`, elementwise.
 *
 * | out | arithmetic | rounded |
 * |---|---|---|
 * | f64 | f64 | at each step |
 * | f32, f16 | f32 | at each step, and f16 at the store |
 * | f32, f16, reproducible | f64; inputs of f64 and i32 are rounded to f32 as they are read | at the store |
 * | i32 | modulo 2³²; float inputs are truncated and saturate as they are read | |
 *
 * The bits of a result are the same on every engine. Those of `@blk/backend-js` in f64 depend on the
 * engine's exp, log, tanh and pow, so that there reproducible results may differ by some ulps of f64;
 * once rounded to f32 they practically never do.
 *
 * Throws `DTYPE` if `out` is i32 and the expression is not defined there.
 */
export function map(workspace: Workspace, tasks: readonly Elementwise[], expression: Expr): void {
  const nanoseconds = nanosecondsOf(workspace, expression);
  const batches: Batch[] = [];
  for (const { inputs, out } of tasks) {
    if (out.rows === 0 || out.cols === 0) continue;
    const windows = [workspace.window(out, "map")];
    for (const input of inputs) windows.push(workspace.window(input, "map"));
    alignRows(windows);
    const type = typeOfMap(workspace, out.dtype);
    const rounds = type === "f64" && out.dtype !== "f64";
    const [target, ...sources] = windows.map((window) => operandOf(window, rounds));
    const kernel = mapKernelOf(workspace, expression, type, target!, sources);
    const isStrided = sources.some(({ spacing }) => spacing === "strided");
    const batch = batchOf(batches, kernel);
    addTask(batch, windows, isStrided ? stripColumns : itemElements);
    // Vectors have half as many doubles.
    batch.nanoseconds += out.rows * out.cols * nanoseconds * (type === "f64" ? 2 : 1);
  }
  for (const batch of batches) runBatch(workspace, batch);
}

/** Tasks of one kernel. */
interface Batch {
  readonly kernel: Kernel;
  readonly tasks: Task[];
  items: number;
  nanoseconds: number;
}

/** The windows of out and the inputs, and the size of the items that they are cut into. */
interface Task {
  readonly windows: readonly Window[];
  readonly height: number;
  readonly width: number;
}

function batchOf(batches: Batch[], kernel: Kernel): Batch {
  const known = batches.find((batch) => batch.kernel === kernel);
  if (known !== undefined) return known;
  const batch: Batch = { kernel, tasks: [], items: 0, nanoseconds: 0 };
  batches.push(batch);
  return batch;
}

function addTask(batch: Batch, windows: readonly Window[], mostColumns: number): void {
  const { rows, cols } = windows[0]!;
  const width = Math.min(cols, mostColumns);
  const height = Math.max(1, Math.floor(itemElements / width));
  batch.tasks.push({ windows, height, width });
  batch.items += Math.ceil(rows / height) * Math.ceil(cols / width);
}

function runBatch(workspace: Workspace, { kernel, tasks, items, nanoseconds }: Batch): void {
  const address = workspace.commands.take(items * kernel.itemBytes);
  const { i32 } = workspace.memory.views;
  let at = address >> 2;
  for (const { windows, height, width } of tasks) {
    const { rows, cols } = windows[0]!;
    for (let row = 0; row < rows; row += height) {
      for (let col = 0; col < cols; col += width) {
        i32[at++] = Math.min(height, rows - row);
        i32[at++] = Math.min(width, cols - col);
        for (const { address, rowStride, colStride } of windows) {
          i32[at++] = address + row * rowStride + col * colStride;
          i32[at++] = rowStride;
          i32[at++] = colStride;
        }
      }
    }
  }
  workspace.executor.run(kernel, address, items, nanoseconds);
}
