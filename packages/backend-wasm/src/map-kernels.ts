import { bytesPerElement, computeDType, type DType, type Expr } from "@blk/core";
import type { Kernel } from "./kernel.js";
import type { ComputeType } from "./kernels/arithmetic.js";
import { mapKernel, type Operand, type Spacing } from "./kernels/map.js";
import type { Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/** The type in which a map into `dtype` computes. */
export function typeOfMap({ reproducible }: Workspace, dtype: DType): ComputeType {
  const type = computeDType(dtype);
  return reproducible && type === "f32" ? "f64" : type;
}

/**
 * How a window's elements lie, for the choice of a kernel. `single`: numbers of f64 and i32 are
 * rounded to f32 as they are read, because arithmetic is that of f32, if in more precise numbers.
 */
export function operandOf({ dtype, colStride }: Window, single = false): Operand {
  const spacing = spacingOf(dtype, colStride);
  return single && (dtype === "f64" || dtype === "i32")
    ? { dtype, spacing, single }
    : { dtype, spacing };
}

function spacingOf(dtype: DType, colStride: number): Spacing {
  if (colStride === bytesPerElement(dtype)) return "adjacent";
  return colStride === 0 ? "repeated" : "strided";
}

/**
 * The kernel that computes expressions in a type for operands that lie as given, an out for each
 * first: see {@link mapKernel}. Throws `DTYPE` if the type is i32 and one is not defined there.
 */
export function mapKernelOf(
  workspace: Workspace,
  expressions: readonly Expr[],
  type: ComputeType,
  operands: readonly Operand[],
): Kernel {
  const [first, ...rest] = expressions.map((each) => workspace.expressions.of(each));
  const { key, names } = first!;
  let layout: string = type;
  for (const operand of operands) layout += labelOf(operand);
  for (const more of rest) layout += `_${more.key}`;
  const name = names.get(layout) ?? `map_${layout}_${key}`;
  names.set(layout, name);
  return workspace.kernel(name, () => {
    const { limits } = workspace.memory;
    const outs = operands.slice(0, expressions.length);
    const inputs = operands.slice(expressions.length);
    return mapKernel(name, { expressions, type, outs, inputs, limits });
  });
}

/** About how long one thread takes for an element. */
export function nanosecondsOf(workspace: Workspace, expressions: readonly Expr[]): number {
  return expressions.reduce((sum, each) => sum + workspace.expressions.of(each).nanoseconds, 0);
}

/** `_f32a`: type and spacing; `_f64as` where it is rounded to f32. */
function labelOf({ dtype, spacing, single }: Operand): string {
  return `_${dtype}${spacing.charAt(0)}${single ? "s" : ""}`;
}
