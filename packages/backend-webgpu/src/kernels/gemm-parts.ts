import { task } from "../product-table.js";
import { type ProductKernel, productCode } from "./product-code.js";

const invocations = 64;
/** Elements of c of a workgroup. */
export const partsElements: number = 4 * invocations;

/**
 * WGSL of `c ← E(alpha · Σ partial + beta · c)` for a table of tasks: partial sums are planes of
 * scratch memory of c's shape, row by row, and are added in their order. Operands: the scratch
 * memory if `hasPlanes`, c, the epilogue's. Without planes the sum is zero.
 */
export function partsCode(kernel: ProductKernel, hasPlanes: boolean): string {
  const plane = kernel.memory.load(0, "u32(first + plane * rows * cols + element)");
  const sum = `    let first = params[task + ${task.first}];
    for (var plane = 0; plane < params[task + ${task.count}]; plane++) { sum += ${plane}; }`;
  const body = `  let rows = params[task + ${task.rows}];
  let cols = params[task + ${task.cols}];
  let end = min(rows * cols, (i32(tile) + 1) * ${partsElements});
  for (var element = i32(tile) * ${partsElements} + i32(local); element < end; element += ${invocations}) {
    var sum = ${kernel.type}(0);
${hasPlanes ? sum : ""}
    finish(task, element / cols, element % cols, sum);
  }`;
  return productCode(kernel, invocations, "", body);
}
