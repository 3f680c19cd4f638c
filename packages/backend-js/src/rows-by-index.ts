import { BlkError, type MatrixView } from "@blk/core";
import { decodeHalf, encodeHalf } from "./half.js";
import type { Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/**
 * Row i of `out` ← row `indices[i]` of `source`, or zeros where that lies outside of it. The bits
 * of the elements are copied as they are. `indices` is an i32 column of out's length.
 */
export function gather(
  workspace: Workspace,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
): void {
  const from = workspace.memory.window(source, "gather");
  const at = indexWindow(workspace, indices, "gather");
  const to = workspace.memory.window(out, "gather");
  checkSameDType(from, to, "gather");
  for (let i = 0; i < to.rows; i++) {
    const row = at.array[at.offset + i * at.rowStride]!;
    let q = to.offset + i * to.rowStride;
    if (row < 0 || row >= from.rows) {
      for (let j = 0; j < to.cols; j++, q += to.colStride) to.array[q] = 0;
      continue;
    }
    let p = from.offset + row * from.rowStride;
    for (let j = 0; j < to.cols; j++, p += from.colStride, q += to.colStride) {
      to.array[q] = from.array[p]!;
    }
  }
}

/**
 * Row `indices[i]` of `out` += row i of `source`, in order of i, so that repeated indices add up;
 * rows outside of `out` are dropped. Each addition is rounded to out's type, or wraps for i32.
 * `indices` is an i32 column of source's length.
 */
export function scatterAdd(
  workspace: Workspace,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
): void {
  const from = workspace.memory.window(source, "scatterAdd");
  const at = indexWindow(workspace, indices, "scatterAdd");
  const to = workspace.memory.window(out, "scatterAdd");
  checkSameDType(from, to, "scatterAdd");
  const addRow = to.dtype === "f16" ? addHalves : addNumbers;
  for (let i = 0; i < from.rows; i++) {
    const row = at.array[at.offset + i * at.rowStride]!;
    if (row >= 0 && row < to.rows) addRow(from, i, to, row);
  }
}

/** Adds a row to a row. */
function addNumbers(from: Window, fromRow: number, to: Window, toRow: number): void {
  let p = from.offset + fromRow * from.rowStride;
  let q = to.offset + toRow * to.rowStride;
  for (let j = 0; j < from.cols; j++, p += from.colStride, q += to.colStride) {
    to.array[q] = to.array[q]! + from.array[p]!;
  }
}

function addHalves(from: Window, fromRow: number, to: Window, toRow: number): void {
  let p = from.offset + fromRow * from.rowStride;
  let q = to.offset + toRow * to.rowStride;
  for (let j = 0; j < from.cols; j++, p += from.colStride, q += to.colStride) {
    to.array[q] = encodeHalf(decodeHalf(to.array[q]!) + decodeHalf(from.array[p]!));
  }
}

function indexWindow(workspace: Workspace, indices: MatrixView, operation: string): Window {
  if (indices.dtype === "i32") return workspace.memory.window(indices, operation);
  throw new BlkError("DTYPE", `${operation}: indices must be i32, got ${indices.dtype}`);
}

function checkSameDType(source: Window, out: Window, operation: string): void {
  if (source.dtype === out.dtype) return;
  throw new BlkError(
    "DTYPE",
    `${operation}: source is ${source.dtype} and out is ${out.dtype}; they must be the same`,
  );
}
