import {
  BlkError,
  computeDType,
  type DType,
  type Expr,
  encodeHalf,
  type Reduction,
  type ReductionOp,
} from "@blk/core";
import { addJob, type Batch, type Job as BatchJob, runBatches } from "./batches.js";
import type { Kernel } from "./kernel.js";
import { operandOf } from "./map-kernels.js";

import {
  combinePairsKernelOf,
  type Direction,
  operandsOf,
  reduceKernelOf,
} from "./reduce-kernels.js";
import { arrange, blockRows, cut, type Job, type Manner } from "./reduce-plan.js";
import { type Window, writeWindow, writeWords } from "./window.js";
import type { Workspace } from "./workspace.js";

/**
 * `out ← op over expression(inputs)`: along rows (out m×1), along columns (out 1×n) or over
 * everything (out 1×1).
 *
 * | inputs | arithmetic | terms of a sum |
 * |---|---|---|
 * | f64 | f64 | in several running sums: within γₙ·Σ|x| |
 * | f32, f16 | f32, rounded again at the store | likewise |
 * | f64, f32, f16, reproducible | f64, rounded once at the store | one after the other; over everything row by row |
 * | i32 | modulo 2³² | |
 *
 * Over nothing, and for NaN, the results are those of `ReductionOp`; max(−0, 0) is 0. Throws
 * `SHAPE` where `out` fits no direction, `DTYPE` where i32 does not have the expression.
 */
export function reduce(
  workspace: Workspace,
  tasks: readonly Reduction[],
  expression: Expr,
  op: ReductionOp,
): void {
  const pieces: Batch[] = [];
  const combinations: Batch[] = [];
  const empty: Window[] = [];
  let partialBytes = 0;
  for (const task of tasks) {
    const out = workspace.window(task.out, "reduce");
    const inputs = task.inputs.map((view) => workspace.window(view, "reduce"));
    const shape = inputs[0] ?? out;
    const { rows, cols } = shape;
    const direction = directionOf(out, rows, cols);
    if (rows === 0 || cols === 0) {
      empty.push(out);
      continue;
    }
    const manner = mannerOf(workspace, op, shape.dtype);
    const windows = operandsOf(workspace, expression).map((index) => inputs[index]!);
    const arranged = arrange(direction, { rows, cols }, windows, out, manner);
    const { first, second, bytes } = cut(arranged, manner, partialBytes);
    partialBytes += bytes;
    const add = (batches: Batch[], job: Job, e: Expr): void => {
      const kernel = kernelOf(workspace, e, op, manner, job, out.dtype);
      addJob(batches, kernel, batchJob(job), workspace.expressions.of(e).nanoseconds);
    };
    add(pieces, first, expression);
    if (second !== undefined) add(combinations, second, itself);
  }
  for (const out of empty) fill(workspace, out, op);
  if (pieces.length > 0) runBatches(workspace, [...pieces, ...combinations], partialBytes);
}

/** What partial results are reduced by. */
const itself: Expr = { kind: "input", index: 0 };

function mannerOf({ reproducible }: Workspace, op: ReductionOp, dtype: DType): Manner {
  const type = computeDType(dtype);
  const ordered = reproducible && op === "sum" && type !== "i32";
  return {
    type: reproducible && type === "f32" ? "f64" : type,
    isArgmax: op === "argmax",
    ordered,
  };
}

function kernelOf(
  workspace: Workspace,
  expression: Expr,
  op: ReductionOp,
  { type, isArgmax, ordered }: Manner,
  { arranged: { direction, windows }, partial }: Job,
  dtype: DType,
): Kernel {
  if (isArgmax && partial === "windows") return combinePairsKernelOf(workspace, type);
  return reduceKernelOf(workspace, expression, {
    op,
    direction,
    type,
    ordered,
    inputs: windows.map((window) => operandOf(window)),
    out: partial !== "out" ? dtype : isArgmax ? "pair" : type,
  });
}

/** A job as batches want it. */
function batchJob({ arranged, height, width, down, across, partial }: Job): BatchJob {
  const { direction, rows, cols, windows, rowPlaces, colPlaces, outStep } = arranged;
  const placeStep = direction === "columns" ? colPlaces : rowPlaces;
  return {
    rows,
    cols,
    height,
    width,
    write(i32, at, row, col, high, wide, partials) {
      const result = arranged.out + (row / height) * down + (col / width) * across;
      const out = result + (partial === "out" ? partials : 0);
      const place = row * rowPlaces + col * colPlaces;
      const words = [high, wide, out, outStep, place, placeStep, blockRows(width, cols)];
      const sources = partial === "windows" ? partials : 0;
      return windows.reduce(
        (next, window) =>
          writeWindow(i32, next, { ...window, address: sources + window.address }, row, col),
        writeWords(i32, at, ...words),
      );
    },
  };
}

function directionOf(out: Window, rows: number, cols: number): Direction {
  if (out.rows === 1 && out.cols === 1) return "all";
  if (out.cols === 1 && out.rows === rows) return "rows";
  if (out.rows === 1 && out.cols === cols) return "columns";
  throw new BlkError(
    "SHAPE",
    `reduce: out is ${out.rows}×${out.cols}; over inputs of ${rows}×${cols} it must be ${rows}×1, 1×${cols} or 1×1`,
  );
}

/** Sets all elements to the result over nothing. */
function fill({ memory: { views } }: Workspace, out: Window, op: ReductionOp): void {
  const { dtype, rows, cols, address, rowStride, colStride } = out;
  const array = views[dtype];
  const bytes = array.BYTES_PER_ELEMENT;
  const value = overNothing(op, dtype);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      array[(address + i * rowStride + j * colStride) / bytes] =
        dtype === "f16" ? encodeHalf(value) : value;
    }
  }
}

function overNothing(op: ReductionOp, dtype: DType): number {
  if (op === "sum") return 0;
  if (op === "argmax") return -1;
  const sign = op === "max" ? -1 : 1;
  if (dtype !== "i32") return sign * Number.POSITIVE_INFINITY;
  return op === "max" ? -(2 ** 31) : 2 ** 31 - 1;
}
