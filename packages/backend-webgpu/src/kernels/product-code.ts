import { paramsDeclaration } from "../kernel.js";
import { taskMain } from "../kernel-tasks.js";
import type { KnownExpression } from "../known-expressions.js";
import { windowWords } from "../operands.js";
import { headerWords, scalars, task, taskWords } from "../product-table.js";
import { type ComputeType, expressionFunction } from "../wgsl/expression.js";
import { declareFunctions } from "../wgsl/functions.js";
import type { Memory } from "../wgsl/memory.js";
import { elementAt } from "../wgsl/windows.js";

/** What the kernels of products are generated from. */
export interface ProductKernel {
  readonly type: ComputeType;
  readonly memory: Memory;
  /** Which operand is c; the epilogue's operands follow it. */
  readonly c: number;
  /** How many operands the epilogue has in the table. */
  readonly operands: number;
  readonly epilogue: KnownExpression | undefined;
}

/**
 * WGSL of a kernel of products: `functions` and `body` of `main`, around them what all share. Both
 * may call `finish(task, row, col, sum)`, which stores `E(alpha · sum + beta · c)`; `c` is not read
 * where beta is 0.
 */
export function productCode(
  kernel: ProductKernel,
  invocations: number,
  functions: string,
  body: string,
): string {
  const { operands, epilogue } = kernel;
  return [
    paramsDeclaration,
    kernel.memory.declarations,
    finishCode(kernel),
    functions,
    taskMain(headerWords(epilogue), taskWords(operands), invocations, body),
  ].join("\n");
}

function finishCode({ type, memory, c, epilogue }: ProductKernel): string {
  const place = (window: number): string => elementAt(`task + ${window}`);
  const lines = [
    `  let at = ${place(task.c)};`,
    `  var value = bitcast<${type}>(params[${scalars.alpha}]) * sum;`,
    `  let beta = bitcast<${type}>(params[${scalars.beta}]);`,
    `  if (beta != ${type}(0)) { value = value + beta * ${memory.load(c, "at")}; }`,
  ];
  const functions: string[] = [];
  if (epilogue !== undefined) {
    const { code, uses } = expressionFunction("epilogue", epilogue, type, scalars.constants);
    functions.push(declareFunctions(uses), code);
    const inputs = epilogue.inputs.map((index) =>
      index === 0
        ? "value"
        : memory.load(c + index, place(task.operands + windowWords * (index - 1))),
    );
    lines.push(`  value = epilogue(${inputs.join(", ")});`);
  }
  return `${functions.join("\n")}
fn finish(task: i32, i: i32, j: i32, sum: ${type}) {
${lines.join("\n")}
  ${memory.store(c, "at", "value")}
}`;
}
