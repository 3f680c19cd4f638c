import type { MatrixView } from "@blk/core";
import type { Workspace } from "./workspace.js";
export function gather(_w: Workspace, _s: MatrixView, _i: MatrixView, _o: MatrixView): void {}
export function scatterAdd(_w: Workspace, _s: MatrixView, _i: MatrixView, _o: MatrixView): void {}
