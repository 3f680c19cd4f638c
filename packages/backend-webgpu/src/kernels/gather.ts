import { type Kernel, paramsDeclaration } from "../kernel.js";
import { taskMain } from "../kernel-tasks.js";
import { type Bindings, windowWords } from "../operands.js";
import { Memory } from "../wgsl/memory.js";
import { elementAt } from "../wgsl/windows.js";

const invocations = 256;
/** Elements of a workgroup. */
export const gatherElements: number = 4 * invocations;

/**
 * `out[i, j] ← source[indices[i], j]`, or 0 where that is outside: operands out, source, indices;
 * bits are copied. A task's words: rows and cols of out, rows of source, and the windows.
 */
export function gatherKernel(bindings: Bindings): Omit<Kernel, "name"> {
  const memory = new Memory(bindings);
  const [out, source, indices] = [0, 1, 2].map(
    (operand) => `task + ${3 + windowWords * operand}`,
  ) as [string, string, string];
  const body = `  let cols = u32(params[task + 1]);
  let end = min(u32(params[task]) * cols, (tile + 1u) * ${gatherElements}u);
  for (var element = tile * ${gatherElements}u + local; element < end; element += ${invocations}u) {
    let i = i32(element / cols);
    let j = i32(element % cols);
    let row = ${memory.load(2, elementAt(indices, "i", "0"))};
    var bits = 0u;
    if (row >= 0 && row < params[task + 2]) { bits = ${memory.loadBits(1, elementAt(source, "row"))}; }
    ${memory.storeBits(0, elementAt(out), "bits")}
  }`;
  return {
    code: [
      memory.declarations,
      paramsDeclaration,
      taskMain(0, 3 + windowWords * 3, invocations, body),
    ].join("\n"),
    writes: memory.writes,
  };
}
