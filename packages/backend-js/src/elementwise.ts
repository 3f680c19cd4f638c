import { computeDType, type Elementwise, type Expr } from "@blk/core";
import { type Lanes, type Program, run } from "./program.js";
import { forEachRectangle, straighten } from "./rectangles.js";
import { loadFloat, loadInteger, type Rectangle, store } from "./transfer.js";
import type { Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/**
 * `out ← expr(inputs)`, chunk by chunk: load what the expression reads, run its loops over the
 * chunk, store. Chunks are small enough for all intermediate results to stay in the first-level
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
export function map(workspace: Workspace, tasks: readonly Elementwise[], expression: Expr): void {
  for (const task of tasks) {
    const out = workspace.memory.window(task.out, "map");
    const inputs = task.inputs.map((view) => workspace.memory.window(view, "map"));
    straighten([out, ...inputs]);
    const type = computeDType(out.dtype);
    if (type === "i32") {
      apply(workspace, workspace.integers.compile(expression), inputs, out);
    } else {
      apply(workspace, workspace.floats.compile(expression), inputs, out);
    }
  }
}

function apply<T extends Lanes>(
  workspace: Workspace,
  program: Program<T>,
  inputs: readonly Window[],
  out: Window,
): void {
  const single = out.dtype !== "f64";
  forEachRectangle(out.rows, out.cols, workspace.params.chunk, (part) => {
    loadInputs(program, inputs, part, single);
    run(program, part.rows * part.cols);
    store(out, part, program.result);
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
