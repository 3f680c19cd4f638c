/** What every function of this package checks of its operands. */
import {
  type Backend,
  BlkError,
  type BlockMatrix,
  checkFloatingPoint,
  computeDType,
  type DType,
  expr,
  type HostArray,
  type MatrixView,
  toDense,
} from "@blk/core";
import { Scratch } from "./scratch.js";
import { copy } from "./views.js";

/** The element type in which a matrix is factorised: f32 for f16. */
export function workingDType(a: BlockMatrix): DType {
  return computeDType(a.dtype);
}

/** Throws `SHAPE` unless `a` is square. */
export function checkSquare(
  operation: string,
  a: { readonly rows: number; readonly cols: number },
): void {
  if (a.rows === a.cols) return;
  throw new BlkError("SHAPE", `${operation}: expected a square matrix, got ${a}`, {
    details: { rows: a.rows, cols: a.cols },
  });
}

/** A linear system, as far as its right-hand sides have to fit. */
export interface System {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly rows: number;
  /** What messages call it. */
  readonly name: string;
}

/** Throws `SHAPE`, `DTYPE` or `BACKEND_MISMATCH` unless `b` fits as right-hand sides of a system. */
export function checkRightHandSide(operation: string, system: System, b: BlockMatrix): void {
  checkFloatingPoint(operation, b);
  const { backend, dtype, rows, name } = system;
  if (backend !== b.backend) {
    throw new BlkError(
      "BACKEND_MISMATCH",
      `${operation}: A is ${name} on backend ${backend.name}, but B is ${b} on another one (${b.backend.name}); move one of them with transfer()`,
    );
  }
  if (workingDType(b) !== dtype) {
    throw new BlkError(
      "DTYPE",
      `${operation}: A is ${name} and B is ${b}; convert one of them with cast()`,
      { details: { expected: dtype, actual: b.dtype } },
    );
  }
  if (rows === b.rows) return;
  throw new BlkError(
    "SHAPE",
    `${operation}: A is ${name} and B is ${b}; B must have ${rows} rows`,
    { details: { expected: rows, actual: b.rows } },
  );
}

/** The one window of a dense matrix. */
export function viewOf(operation: string, matrix: BlockMatrix): MatrixView {
  const storage = matrix.storage(operation);
  if (storage.kind === "dense") return storage.view;
  throw new BlkError(
    "INTERNAL",
    `${operation}: ${matrix} should be dense here; this is a fault of @blk/linalg, please report it`,
  );
}

/**
 * A dense copy of `a` in its working element type, in memory of `scratch`, to be overwritten. Made
 * before the returned promise: the caller may free or change `a` at once. Rejects with `ARGUMENT`,
 * naming the first place, if an element is NaN or infinite; with `DTYPE` for integers.
 */
export function takeOperand(
  operation: string,
  a: BlockMatrix,
  scratch: Scratch,
): Promise<MatrixView> {
  checkFloatingPoint(operation, a);
  const view = scratch.view(workingDType(a), a.rows, a.cols);
  copyDense(operation, a, view);
  return checkFinite(operation, a.backend, view, String(a));
}

/** Resolves to `view`, or rejects with `ARGUMENT` as {@link takeOperand} does. */
export async function checkFinite(
  operation: string,
  backend: Backend,
  view: MatrixView,
  name: string,
): Promise<MatrixView> {
  if (backend.capabilities.keepsNonFinite && (await allFinite(backend, view))) return view;
  const values = await backend.read(view);
  if (values.every(Number.isFinite)) return view;
  throw notFinite(operation, name, view, values);
}

/** One pass on the device, and one number read: zero times anything but a finite number is NaN. */
async function allFinite(backend: Backend, view: MatrixView): Promise<boolean> {
  const scratch = new Scratch(backend);
  try {
    const out = scratch.view(view.dtype, 1, 1);
    backend.reduce([{ inputs: [view], out }], { expr: expr.mul(expr.input(0), 0), op: "sum" });
    return (await backend.read(out))[0] === 0;
  } finally {
    scratch.dispose();
  }
}

/** The error for a matrix of which not all elements are finite, naming the first such place. */
export function notFinite(
  operation: string,
  name: string,
  { cols }: { readonly cols: number },
  values: HostArray,
): BlkError {
  const at = values.findIndex((value) => !Number.isFinite(value));
  const [row, column] = [Math.floor(at / cols), at % cols];
  return new BlkError(
    "ARGUMENT",
    `${operation}: element (${row}, ${column}) of ${name} is ${values[at]}; all elements must be finite`,
    { details: { row, column, value: values[at] } },
  );
}

/** `to ← from`, whose absent blocks are zero, converted to the element type of `to`. */
export function copyDense(operation: string, from: BlockMatrix, to: MatrixView): void {
  const dense = from.isSparse ? toDense(from) : from;
  try {
    copy(from.backend, viewOf(operation, dense), to);
  } finally {
    if (dense !== from) dense.dispose();
  }
}
