import {
  computeDType,
  type Elementwise,
  type ElementwiseMany,
  type Expr,
  type MatrixView,
} from "@blk/core";
import { type Compiler, type Lanes, type Program, run } from "./program.js";
import { forEachRectangle, straighten } from "./rectangles.js";
import { loadFloat, loadInteger, type Rectangle, store } from "./transfer.js";
import type { Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/**
 * `outs[k] ← exprs[k](inputs)`, chunk by chunk: load what the expressions read, run their loops over
 * the chunk, store; an out may be an input. Chunks are small enough for all intermediate results to stay in the first-level
 * cache, and long enough for the cost of a step's call to vanish.
 *
 * | out | arithmetic | rounding |
 * |---|---|---|
 * | f64 | double | none |
 * | f32, f16 | double; f64 and i32 inputs are rounded to f32 as they are read | once, at the store |
 * | i32 | wrapping modulo 2³² | float inputs are truncated and saturate as they are read |
 *
 * Throws `DTYPE` if `out` is i32 and the expression is not defined there.
 */
export function mapMany(
  workspace: Workspace,
  tasks: readonly ElementwiseMany[],
  exprs: readonly Expr[],
): void {
  const [first] = exprs;
  const compiled = <T extends Lanes>(compiler: Compiler<T>): Program<T> =>
    exprs.length === 1 ? compiler.compile(first!) : compiler.compileAll(exprs);
  for (const task of tasks) {
    const windowOf = (view: MatrixView): Window => workspace.memory.window(view, "map");
    const [outs, inputs] = [task.outs.map(windowOf), task.inputs.map(windowOf)];
    straighten([...outs, ...inputs]);
    if (computeDType(outs[0]!.dtype) === "i32") {
      apply(workspace, compiled(workspace.integers), inputs, outs);
    } else {
      apply(workspace, compiled(workspace.floats), inputs, outs);
    }
  }
}

/** {@link mapMany} of one expression. */
export function map(workspace: Workspace, tasks: readonly Elementwise[], expression: Expr): void {
  const each = tasks.map(({ inputs, out }) => ({ inputs, outs: [out] }));
  mapMany(workspace, each, [expression]);
}

function apply<T extends Lanes>(
  workspace: Workspace,
  program: Program<T>,
  inputs: readonly Window[],
  outs: readonly Window[],
): void {
  const out = outs[0]!;
  const single = out.dtype !== "f64";
  forEachRectangle(out.rows, out.cols, workspace.params.chunk, (part) => {
    loadInputs(program, inputs, part, single);
    run(program, part.rows * part.cols);
    for (let k = 0; k < outs.length; k++) store(outs[k]!, part, program.results[k]!);
  });
}

/** Fills the input arrays of a program with a rectangle of its operands, from `first` on. */
export function loadInputs<T extends Lanes>(
  program: Program<T>,
  operands: readonly Window[],
  part: Readonly<Rectangle>,
  single: boolean,
  first = 0,
): void {
  for (const { index, lanes } of program.inputs) {
    if (index < first) continue;
    const operand = operands[index - first]!;
    if (lanes instanceof Float64Array) loadFloat(operand, part, lanes, single);
    else loadInteger(operand, part, lanes);
  }
}
