import { type Kernel, paramsDeclaration } from "../kernel.js";
import { taskMain } from "../kernel-tasks.js";
import { type Bindings, windowWords } from "../operands.js";
import { declareFunctions } from "../wgsl/functions.js";
import { Memory } from "../wgsl/memory.js";
import { elementAt } from "../wgsl/windows.js";

/** Invocations of a workgroup. */
export const softmaxInvocations: number = 64;

/**
 * Softmax of rows: operand 0 is out, operand 1 the input. A task's words: rows, cols, the rows of a
 * workgroup (a power of two), and the windows. Invocations are arranged as those of `reduceKernel`;
 * a row is read three times, the last two from caches where it is short.
 */
export function softmaxKernel(bindings: Bindings): Omit<Kernel, "name"> {
  const memory = new Memory(bindings);
  const [out, input] = [0, 1].map((operand) =>
    elementAt(`task + ${3 + windowWords * operand}`),
  ) as [string, string];
  const x = memory.load(1, input);
  const body = `  let cols = params[task + 1];
  let width = u32(params[task + 2]);
  let i = i32(tile * width + local % width);
  let lane = local / width;
  let lanes = ${softmaxInvocations}u / width;
  let isRow = i < params[task];
  var largest = from_bits(0xff800000u);
  if (isRow) {
    for (var j = i32(lane); j < cols; j += i32(lanes)) { largest = maximum(largest, ${x}); }
  }
  found[local] = largest;
  workgroupBarrier();
  for (var step = lanes / 2u; step > 0u; step /= 2u) {
    if (lane < step) { found[local] = maximum(found[local], found[local + step * width]); }
    workgroupBarrier();
  }
  largest = found[local % width];
  workgroupBarrier();
  var sum = 0.0;
  if (isRow) {
    for (var j = i32(lane); j < cols; j += i32(lanes)) { sum += exponential(${x} - largest); }
  }
  found[local] = sum;
  workgroupBarrier();
  for (var step = lanes / 2u; step > 0u; step /= 2u) {
    if (lane < step) { found[local] += found[local + step * width]; }
    workgroupBarrier();
  }
  sum = found[local % width];
  if (isRow) {
    for (var j = i32(lane); j < cols; j += i32(lanes)) {
      let value = exponential(${x} - largest) / sum;
      ${memory.store(0, out, "value")}
    }
  }`;
  return {
    code: [
      memory.declarations,
      paramsDeclaration,
      declareFunctions(["from_bits", "maximum", "exponential"]),
      `var<workgroup> found: array<f32, ${softmaxInvocations}>;`,
      taskMain(0, 3 + windowWords * 2, softmaxInvocations, body),
    ].join("\n"),
    writes: memory.writes,
  };
}
