import { BlkError, type Elementwise } from "@blk/core";
import { loadFloat, store } from "./transfer.js";
import type { Workspace } from "./workspace.js";

/**
 * `out[i, j] ← exp(x[i, j] − mᵢ) / Σₖ exp(x[i, k] − mᵢ)` with mᵢ the largest element of row i, so
 * that nothing overflows. In double, summed in ascending order, rounded once at the store.
 *
 * | row | result |
 * |---|---|
 * | some elements −∞ | 0 there |
 * | all −∞, or any +∞ or NaN | NaN everywhere, as the formula gives in IEEE 754 |
 *
 * Throws `DTYPE` for i32.
 */
export function softmax(workspace: Workspace, tasks: readonly Elementwise[]): void {
  for (const task of tasks) {
    const out = workspace.memory.window(task.out, "softmax");
    const input = workspace.memory.window(task.inputs[0]!, "softmax");
    if (out.dtype === "i32" || input.dtype === "i32") {
      throw new BlkError("DTYPE", "softmax: i32 has no exponential; convert to f32 or f64 first");
    }
    const row = workspace.floatScratch.take("row", out.cols);
    const part = { row: 0, col: 0, rows: 1, cols: out.cols };
    for (let i = 0; i < out.rows; i++) {
      part.row = i;
      loadFloat(input, part, row, out.dtype !== "f64");
      softmaxInPlace(row, out.cols);
      store(out, part, row);
    }
  }
}

function softmaxInPlace(row: Float64Array, length: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < length; j++) largest = Math.max(largest, row[j]!);
  let sum = 0;
  for (let j = 0; j < length; j++) {
    const power = Math.exp(row[j]! - largest);
    row[j] = power;
    sum += power;
  }
  for (let j = 0; j < length; j++) row[j] = row[j]! / sum;
}
