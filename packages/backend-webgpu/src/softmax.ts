import { BlkError, type Elementwise } from "@blk/core";
import { launchTasks, type Task } from "./kernel-tasks.js";
import { softmaxInvocations, softmaxKernel } from "./kernels/softmax.js";
import { bind } from "./operands.js";
import { lanesOf } from "./reduce-plan.js";
import type { Workspace } from "./workspace.js";

/**
 * `out[i, j] ← exp(x[i, j] − mᵢ) / Σₖ exp(x[i, k] − mᵢ)` in f32, with mᵢ the largest element of row
 * i, so that nothing overflows. A workgroup computes one row, or several that are short.
 *
 * Throws `DTYPE` for i32.
 */
export function softmax(workspace: Workspace, tasks: readonly Elementwise[]): void {
  const list = tasks.map(({ inputs: [input], out }): Task => {
    if (input === undefined || input.dtype === "i32" || out.dtype === "i32") {
      throw new BlkError("DTYPE", "softmax: i32 has no exponential; convert to f32 first");
    }
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
  });
  launchTasks(workspace, list, {
    operation: "softmax",
    header: new Int32Array(0),
    kernelOf: (bindings) =>
      workspace.kernel(`softmax_${bindings.key}`, () => softmaxKernel(bindings)),
  });
}
