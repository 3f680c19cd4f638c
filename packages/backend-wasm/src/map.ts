import type { Elementwise, ElementwiseMany, Expr } from "@blk/core";
import { addJob, type Batch, type Job, runBatches } from "./batches.js";
import { mapKernelOf, nanosecondsOf, operandOf, typeOfMap } from "./map-kernels.js";
import { alignRows } from "./rows.js";
import { writeWindow, writeWords } from "./window.js";
import type { Workspace } from "./workspace.js";

/** Elements of an item: enough for its own cost to vanish, few enough for threads to share a task. */
const itemElements = 2 ** 15;

/**
 * Columns of an item with strided operands, such as transposed ones: elements that share a cache
 * line with those of the next rows are still there when their turn comes.
 */
const stripColumns = 64;

/**
 * `outs[k] ← expressions[k](inputs)`, elementwise; an out may be an input.
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
export function mapMany(
  workspace: Workspace,
  tasks: readonly ElementwiseMany[],
  expressions: readonly Expr[],
): void {
  const nanoseconds = nanosecondsOf(workspace, expressions);
  const batches: Batch[] = [];
  for (const { inputs, outs } of tasks) {
    const out = outs[0]!;
    if (out.rows === 0 || out.cols === 0) continue;
    const windows = [...outs, ...inputs].map((view) => workspace.window(view, "map"));
    alignRows(windows);
    const type = typeOfMap(workspace, out.dtype);
    const rounds = type === "f64" && out.dtype !== "f64";
    const operands = windows.map((window) => operandOf(window, rounds));
    const kernel = mapKernelOf(workspace, expressions, type, operands);
    const sources = operands.slice(outs.length);
    const isStrided = sources.some(({ spacing }) => spacing === "strided");
    const { rows, cols } = windows[0]!;
    const width = Math.min(cols, isStrided ? stripColumns : itemElements);
    const height = Math.max(1, Math.floor(itemElements / width));
    const write: Job["write"] = (i32, at, row, col, high, wide) => {
      let next = writeWords(i32, at, high, wide);
      for (const window of windows) next = writeWindow(i32, next, window, row, col);
      return next;
    };
    // Vectors have half as many doubles.
    const each = nanoseconds * (type === "f64" ? 2 : 1);
    addJob(batches, kernel, { rows, cols, height, width, write }, each);
  }
  runBatches(workspace, batches);
}

/** {@link mapMany} of one expression. */
export function map(workspace: Workspace, tasks: readonly Elementwise[], expression: Expr): void {
  const each = tasks.map(({ inputs, out }) => ({ inputs, outs: [out] }));
  mapMany(workspace, each, [expression]);
}
