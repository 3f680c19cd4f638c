import type { DType, Expr, ReductionOp } from "@blk/core";
import type { Kernel } from "./kernel.js";
import type { ComputeType } from "./kernels/arithmetic.js";
import { combinePairsKernel, combinePairsName } from "./kernels/combine-pairs.js";
import type { Operand } from "./kernels/elements.js";
import { reduceColumnsKernel } from "./kernels/reduce-columns.js";
import { reduceRowsKernel } from "./kernels/reduce-rows.js";
import type { Workspace } from "./workspace.js";

/** What one result stands for: a row, a column, or everything, row by row. */
export type Direction = "rows" | "columns" | "all";

/** What a kernel does, beside the expression. */
export interface ReduceForm {
  readonly op: ReductionOp;
  readonly direction: Direction;
  /** The type of arithmetic. */
  readonly type: ComputeType;
  /** Whether sums add their terms one after the other. */
  readonly ordered: boolean;
  readonly inputs: readonly Operand[];
  readonly out: DType | "pair";
}

/** The operands that an expression reads, in the order in which kernels take them. */
export function operandsOf(workspace: Workspace, expression: Expr): readonly number[] {
  return workspace.expressions.of(expression).used;
}

/** The kernel for an expression and a form. Throws `DTYPE` if i32 does not have the expression. */
export function reduceKernelOf(workspace: Workspace, expression: Expr, form: ReduceForm): Kernel {
  const { key, names } = workspace.expressions.of(expression);
  const label = labelOf(form);
  const name = names.get(label) ?? `${label}_${key}`;
  names.set(label, name);
  return workspace.kernel(name, () => {
    const { direction, ordered, ...rest } = form;
    const spec = { ...rest, name, expression, limits: workspace.memory.limits };
    return direction === "columns"
      ? reduceColumnsKernel(spec)
      : reduceRowsKernel(spec, { whole: direction === "all", ordered });
  });
}

/** The kernel that ends an argmax. */
export function combinePairsKernelOf(workspace: Workspace, type: ComputeType): Kernel {
  return workspace.kernel(combinePairsName(type), () =>
    combinePairsKernel(type, workspace.memory.limits),
  );
}

/** `sum_rows_f32_f16a_f32r_to_f32`: operands by type and spacing. */
function labelOf({ op, direction, type, ordered, inputs, out }: ReduceForm): string {
  let label = `${op}_${direction}_${type}`;
  if (ordered) label += "_ordered";
  for (const { dtype, spacing } of inputs) label += `_${dtype}${spacing.charAt(0)}`;
  return `${label}_to_${out}`;
}
