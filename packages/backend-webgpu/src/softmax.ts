import { BlkError, denseView, type Elementwise, type Expr, expr, type MatrixView } from "@blk/core";
import { launchTasks, type Task } from "./kernel-tasks.js";
import { softmaxInvocations, softmaxKernel } from "./kernels/softmax.js";
import { map } from "./map.js";
import { bind } from "./operands.js";
import { reduce } from "./reduce.js";
import { lanesOf } from "./reduce-plan.js";
import type { Workspace } from "./workspace.js";

/**
 * `out[i, j] ← exp(x[i, j] − mᵢ) / Σₖ exp(x[i, k] − mᵢ)` in f32, with mᵢ the largest element of row
 * i, so that nothing overflows. A workgroup computes one row, or several that are short; few rows that
 * are long are reduced and mapped, so that the whole device works on them.
 *
 * Throws `DTYPE` for i32.
 */
export function softmax(workspace: Workspace, tasks: readonly Elementwise[]): void {
  const list: Task[] = [];
  for (const { inputs, out } of tasks) {
    const [input] = inputs;
    if (input === undefined || input.dtype === "i32" || out.dtype === "i32") {
      throw new BlkError("DTYPE", "softmax: i32 has no exponential; convert to f32 first");
    }
    if (out.cols >= longRow && out.rows < manyRows) softmaxInSteps(workspace, input, out);
    else list.push(taskOf(workspace, input, out));
  }
  launchTasks(workspace, list, {
    operation: "softmax",
    header: new Int32Array(0),
    kernelOf: (bindings) =>
      workspace.kernel(`softmax_${bindings.key}`, () => softmaxKernel(bindings)),
  });
}

/** Columns of a row that is too long for one workgroup, unless there are many such rows. */
const longRow = 2 ** 13;
const manyRows = 2 ** 8;

/** The largest elements, the sums and the quotients, one after the other. */
function softmaxInSteps(workspace: Workspace, input: MatrixView, out: MatrixView): void {
  const { rows, cols } = out;
  const buffer = workspace.buffers.allocate(2 * 4 * rows);
  try {
    const largest = denseView(buffer, "f32", rows, 1);
    const sums = denseView(buffer, "f32", rows, 1, rows);
    const acrossRow = (view: MatrixView): MatrixView => ({ ...view, cols, colStride: 0 });
    const [m, s] = [largest, sums].map(acrossRow) as [MatrixView, MatrixView];
    reduce(workspace, [{ inputs: [input], out: largest }], expr.input(0), "max");
    reduce(workspace, [{ inputs: [input, m], out: sums }], power, "sum");
    map(workspace, [{ inputs: [input, m, s], out }], expr.div(power, expr.input(2)));
  } finally {
    // What was recorded runs before anything that gets the same memory.
    buffer.dispose();
  }
}

const power: Expr = expr.exp(expr.sub(expr.input(0), expr.input(1)));

function taskOf(workspace: Workspace, input: MatrixView, out: MatrixView): Task {
  const { rows, cols } = out;
  const operands = [
    { view: out, isWritten: true },
    { view: input, isWritten: false },
  ];
  const lanes = lanesOf(cols, softmaxInvocations);
  const width = softmaxInvocations / lanes;
  const words = [rows, cols, width];
  for (const { offset, rowStride, colStride } of [out, input]) {
    words.push(offset, rowStride, colStride);
  }
  return {
    bindings: bind(workspace.buffers, operands, "softmax"),
    tiles: cols === 0 ? 0 : Math.ceil(rows / width),
    words,
  };
}
