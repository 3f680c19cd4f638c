import type { Expr, Reduction, ReductionOp } from "@blk/core";
import type { Workspace } from "./workspace.js";
export function reduce(
  _w: Workspace,
  _tasks: readonly Reduction[],
  _expr: Expr,
  _op: ReductionOp,
): void {}
