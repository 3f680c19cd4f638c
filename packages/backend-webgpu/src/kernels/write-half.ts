import { type Kernel, paramsDeclaration } from "../kernel.js";
import { taskMain } from "../kernel-tasks.js";
import type { Bindings } from "../operands.js";
import { Memory } from "../wgsl/memory.js";

/** Writes one half of a word: operand 0 is its buffer, a task's words are its index and its bits. */
export function writeHalfKernel(bindings: Bindings): Omit<Kernel, "name"> {
  const memory = new Memory(bindings);
  const body = `  let at = u32(params[task]);
  ${memory.storeBits(0, "at", "u32(params[task + 1])")}`;
  return {
    code: [memory.declarations, paramsDeclaration, taskMain(0, 2, 1, body)].join("\n"),
    writes: memory.writes,
  };
}
