import {
  type Elementwise,
  type ElementwiseMany,
  type Expr,
  expr,
  type MatrixView,
} from "@blk/core";
import type { GpuBuffer } from "./buffers.js";
import { bindable, type Copies } from "./few-buffers.js";
import { launchTasks, type Task } from "./kernel-tasks.js";
import { mapElements, mapKernel, mapKernelName } from "./kernels/map.js";
import { bind } from "./operands.js";
import { type ComputeType, putConstants } from "./wgsl/expression.js";
import type { Workspace } from "./workspace.js";

/**
 * `outs[k] ← expressions[k](inputs)`, elementwise, in f32 or, where the outs are i32, modulo 2³²; inputs are
 * converted as they are read. Tasks whose operands lie in the same buffers are one launch.
 *
 * Throws `DTYPE` if the outs are i32 and an expression is not defined there.
 */
export function mapMany(
  workspace: Workspace,
  tasks: readonly ElementwiseMany[],
  expressions: readonly Expr[],
): void {
  const known = workspace.expressions.ofAll(expressions);
  const scratch: GpuBuffer[] = [];
  const copies: Copies = { operation: "map", scratch, copy: (list) => copy(workspace, list) };
  try {
    for (const type of types) {
      const list: Task[] = [];
      for (const { inputs, outs } of tasks) {
        if ((outs[0]!.dtype === "i32" ? "i32" : "f32") !== type) continue;
        const used = known.inputs.map((index) => inputs[index]!);
        list.push(taskOf(workspace, outs.length, bindable(workspace, [...outs, ...used], copies)));
      }
      if (list.length === 0) continue;
      const header = new Int32Array(known.constants.length);
      putConstants(header, 0, known, type);
      launchTasks(workspace, list, {
        operation: "map",
        header,
        kernelOf: (bindings) =>
          workspace.kernel(mapKernelName(known, type, bindings), () =>
            mapKernel(known, type, bindings),
          ),
      });
    }
  } finally {
    // What was recorded runs before anything that gets the same memory.
    for (const buffer of scratch) buffer.dispose();
  }
}

/** {@link mapMany} of one expression. */
export function map(workspace: Workspace, tasks: readonly Elementwise[], expression: Expr): void {
  const each = tasks.map(({ inputs, out }) => ({ inputs, outs: [out] }));
  mapMany(workspace, each, [expression]);
}

/** `out ← inputs[0]` */
export function copy(workspace: Workspace, tasks: readonly Elementwise[]): void {
  map(workspace, tasks, identity);
}

const identity: Expr = expr.input(0);
const types: readonly ComputeType[] = ["f32", "i32"];

function taskOf({ buffers }: Workspace, outs: number, views: readonly MatrixView[]): Task {
  const [{ rows, cols }] = views as [MatrixView];
  const operands = views.map((view, i) => ({ view, isWritten: i < outs }));
  const words = [rows, cols];
  for (const { offset, rowStride, colStride } of views) words.push(offset, rowStride, colStride);
  return {
    bindings: bind(buffers, operands, "map"),
    tiles: Math.ceil((rows * cols) / mapElements),
    words,
  };
}
