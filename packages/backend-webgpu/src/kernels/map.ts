import { type Kernel, paramsDeclaration } from "../kernel.js";
import { headerAt, taskMain } from "../kernel-tasks.js";
import type { KnownExpression } from "../known-expressions.js";
import { type Bindings, windowWords } from "../operands.js";
import { type ComputeType, expressionFunction } from "../wgsl/expression.js";
import { declareFunctions } from "../wgsl/functions.js";
import { loadAs, Memory } from "../wgsl/memory.js";
import { elementAt } from "../wgsl/windows.js";

const invocations = 256;
/** Elements of a workgroup. */
export const mapElements: number = 4 * invocations;

export function mapKernelName(
  { key }: KnownExpression,
  type: ComputeType,
  bindings: Bindings,
): string {
  return `map_${type}_${key}_${bindings.key}`;
}

/**
 * `outs[k][i, j] ← Eₖ(x₀[i, j], x₁[i, j], …)` for tasks of any sizes and strides. An element is
 * written by who read what lies at its place, after that: an input may be an out.
 *
 * | operand | |
 * |---|---|
 * | 0, … | the outs |
 * | then | the inputs that occur, ascending |
 *
 * The header holds the constants. A task's words: rows, cols, and the windows of the operands. A
 * workgroup computes {@link mapElements} elements, counted row by row; neighbours are neighbouring
 * invocations'.
 */
export function mapKernel(
  known: KnownExpression,
  type: ComputeType,
  bindings: Bindings,
): Omit<Kernel, "name"> {
  const memory = new Memory(bindings);
  const evaluate = expressionFunction("evaluate", known, type, headerAt);
  const outs = known.results.length;
  const values = known.inputs.map((_, i) =>
    loadAs(memory, type, outs + i, elementAt(windowAt(outs + i))),
  );
  const stores = known.results.map((_, k) =>
    memory.store(k, elementAt(windowAt(k)), outs === 1 ? "value" : `value[${k}]`),
  );
  const body = `  let elements = u32(params[task]) * u32(params[task + 1]);
  let cols = u32(params[task + 1]);
  let end = min(elements, (tile + 1u) * ${mapElements}u);
  for (var element = tile * ${mapElements}u + local; element < end; element += ${invocations}u) {
    let i = i32(element / cols);
    let j = i32(element % cols);
    let value = evaluate(${values.map(({ code }) => code).join(", ")});
    ${stores.join("\n    ")}
  }`;
  return {
    code: [
      memory.declarations,
      paramsDeclaration,
      declareFunctions([...evaluate.uses, ...values.flatMap(({ uses }) => uses)]),
      evaluate.code,
      taskMain(
        known.constants.length,
        2 + windowWords * bindings.operands.length,
        invocations,
        body,
      ),
    ].join("\n"),
    writes: memory.writes,
  };
}

function windowAt(operand: number): string {
  return `task + ${2 + windowWords * operand}`;
}
