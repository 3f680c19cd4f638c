import { type Kernel, paramsDeclaration } from "../kernel.js";
import { taskMain } from "../kernel-tasks.js";
import { type Bindings, windowWords } from "../operands.js";
import { Memory } from "../wgsl/memory.js";
import { elementAt } from "../wgsl/windows.js";

/** Invocations of a workgroup. */
export const scatterInvocations: number = 64;

/**
 * `out[indices[i], j] += source[i, j]`: operands out, source, indices. A task's words: rows and cols
 * of source, rows of out, bands that these are cut into, and the windows.
 *
 * An invocation adds up one column of a band of out's rows, going through all indices in order: so
 * sums are rounded one after the other, and no two invocations write one element.
 */
export function scatterAddKernel(bindings: Bindings): Omit<Kernel, "name"> {
  const memory = new Memory(bindings);
  const [out, source, indices] = [0, 1, 2].map((operand) =>
    elementAt(
      `task + ${4 + windowWords * operand}`,
      operand === 0 ? "row" : "i",
      operand === 2 ? "0" : "j",
    ),
  ) as [string, string, string];
  const body = `  let rows = params[task];
  let cols = u32(params[task + 1]);
  let bands = u32(params[task + 3]);
  let strip = tile * ${scatterInvocations}u + local;
  let height = (params[task + 2] + i32(bands) - 1) / i32(bands);
  let first = i32(strip / cols) * height;
  let end = min(params[task + 2], first + height);
  let j = i32(strip % cols);
  for (var i = 0; i < rows; i++) {
    let row = ${memory.load(2, indices)};
    if (row >= first && row < end) {
      let sum = ${memory.load(0, out)} + ${memory.load(1, source)};
      ${memory.store(0, out, "sum")}
    }
  }`;
  return {
    code: [
      memory.declarations,
      paramsDeclaration,
      taskMain(0, 4 + windowWords * 3, scatterInvocations, body),
    ].join("\n"),
    writes: memory.writes,
  };
}
