import { BlkError, computeDType, type Expr, type Reduction, type ReductionOp } from "@blk/core";
import { loadInputs } from "./elementwise.js";
import { type Lanes, type Program, run } from "./program.js";
import { forEachRectangle, joinRows } from "./rectangles.js";
import { columnReducers, initialValue, rowReducers } from "./reducers.js";
import type { Scratch } from "./scratch.js";
import { store } from "./transfer.js";
import type { Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/**
 * `out ← op over expr(inputs)`: along rows (out m×1), along columns (out 1×n) or over everything
 * (out 1×1).
 *
 * The values of the expression are made chunk by chunk as in `map` and combined in the plain
 * order: ascending columns in a row, ascending rows in a column, row by row over everything.
 * f16 and f32 are computed and summed in double and rounded once; i32 wraps modulo 2³². Over
 * nothing, and for NaN, the results are those of `ReductionOp`.
 */
export function reduce(
  workspace: Workspace,
  tasks: readonly Reduction[],
  expression: Expr,
  op: ReductionOp,
): void {
  const { memory, floats, integers, floatScratch, integerScratch } = workspace;
  for (const task of tasks) {
    const out = memory.window(task.out, "reduce");
    const inputs = task.inputs.map((view) => memory.window(view, "reduce"));
    const type = computeDType((inputs[0] ?? out).dtype);
    const problem = { workspace, inputs, out, op, single: type === "f32" };
    if (type === "i32") combine(problem, integers.compile(expression), integerScratch);
    else combine(problem, floats.compile(expression), floatScratch);
  }
}

interface Problem {
  readonly workspace: Workspace;
  readonly inputs: readonly Window[];
  readonly out: Window;
  readonly op: ReductionOp;
  readonly single: boolean;
}

function combine<T extends Lanes>(
  problem: Problem,
  program: Program<T>,
  scratch: Scratch<T>,
): void {
  const { workspace, inputs, out, op, single } = problem;
  const results = out.rows * out.cols;
  const direction = directionOf(out, inputs[0]);
  if (direction === "all") joinRows(inputs);
  const { rows, cols } = inputs[0] ?? { rows: 1, cols: 1 };
  const values = scratch.take("state", results);
  const places = workspace.integerScratch.take("index", results);
  values.fill(initialValue(op, values instanceof Int32Array), 0, results);
  places.fill(-1, 0, results);
  const alongRows = rowReducers[op];
  const alongColumns = columnReducers[op];
  forEachRectangle(rows, cols, workspace.params.chunk, (part) => {
    loadInputs(program, inputs, part, single);
    const count = part.rows * part.cols;
    run(program, count);
    const { result } = program;
    if (direction === "rows") {
      alongRows(result, part.rows, part.cols, values, places, part.row, part.col);
    } else if (direction === "columns") {
      alongColumns(result, part.rows, part.cols, values, places, part.col, part.row);
    } else {
      alongRows(result, 1, count, values, places, 0, part.row * cols + part.col);
    }
  });
  const whole = { row: 0, col: 0, rows: out.rows, cols: out.cols };
  store(out, whole, op === "argmax" ? places : values);
}

type Direction = "rows" | "columns" | "all";

function directionOf(out: Window, input: Window = out): Direction {
  const { rows, cols } = input;
  if (out.rows === 1 && out.cols === 1) return "all";
  if (out.cols === 1 && out.rows === rows) return "rows";
  if (out.rows === 1 && out.cols === cols) return "columns";
  throw new BlkError(
    "SHAPE",
    `reduce: out is ${out.rows}×${out.cols}; over inputs of ${rows}×${cols} it must be ${rows}×1, 1×${cols} or 1×1`,
  );
}
