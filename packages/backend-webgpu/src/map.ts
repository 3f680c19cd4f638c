import type { Elementwise, Expr } from "@blk/core";
import type { Workspace } from "./workspace.js";
export function map(_workspace: Workspace, _tasks: readonly Elementwise[], _expr: Expr): void {}
