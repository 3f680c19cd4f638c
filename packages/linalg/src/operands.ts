/** What every function of this package checks of its operands. */
import {
  BlkError,
  type BlockMatrix,
  checkFloatingPoint,
  commonBackend,
  computeDType,
  type DType,
  expr,
  type MatrixView,
  map,
  reduce,
  toDense,
} from "@blk/core";

/** The element type in which a matrix is factorised: f32 for f16. */
export function workingDType(a: BlockMatrix): DType {
  return computeDType(a.dtype);
}

/** Throws `SHAPE` unless `a` is square. */
export function checkSquare(operation: string, a: BlockMatrix): void {
  commonBackend(operation, [a]);
  if (a.rows === a.cols) return;
  throw new BlkError("SHAPE", `${operation}: expected a square matrix, got ${a}`, {
    details: { rows: a.rows, cols: a.cols },
  });
}

/** Throws `SHAPE` unless `b` has as many rows as `a`, `BACKEND_MISMATCH` or `DTYPE` unless they fit. */
export function checkRightHandSide(operation: string, a: BlockMatrix, b: BlockMatrix): void {
  commonBackend(operation, [a, b]);
  checkFloatingPoint(operation, b);
  if (workingDType(a) !== workingDType(b)) {
    throw new BlkError(
      "DTYPE",
      `${operation}: A is ${a} and B is ${b}; convert one of them with cast()`,
      { details: { dtypes: [a.dtype, b.dtype] } },
    );
  }
  if (a.rows === b.rows) return;
  throw new BlkError(
    "SHAPE",
    `${operation}: A is ${a} and B is ${b}; B must have as many rows as A (${a.rows})`,
    { details: { expected: a.rows, actual: b.rows } },
  );
}

/**
 * A dense copy of `a` in its working element type, to be overwritten. Rejects with `ARGUMENT`, naming
 * the place, if an element is not finite, and with `DTYPE` for integers.
 */
export async function workingCopy(operation: string, a: BlockMatrix): Promise<BlockMatrix> {
  checkFloatingPoint(operation, a);
  const copy = a.isSparse
    ? withDense(a, (dense) => copyOf(dense, operation))
    : copyOf(a, operation);
  try {
    await checkFinite(operation, copy);
  } catch (error) {
    copy.dispose();
    throw error;
  }
  return copy;
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

/** Rejects with `ARGUMENT`, naming the first place, if an element of `a` is NaN or infinite. */
export async function checkFinite(operation: string, a: BlockMatrix): Promise<void> {
  // Zero times a finite number is zero, times any other NaN: one pass on the device, one number read.
  const total = reduce(a, { op: "sum", expr: (x) => expr.mul(x, 0), label: operation });
  try {
    if ((await total.toNumber()) === 0) return;
  } finally {
    total.dispose();
  }
  const values = await a.toArray();
  const at = values.findIndex((value) => !Number.isFinite(value));
  const [row, column] = [Math.floor(at / a.cols), at % a.cols];
  throw new BlkError(
    "ARGUMENT",
    `${operation}: element (${row}, ${column}) of ${a} is ${values[at]}; all elements must be finite`,
    { details: { row, column, value: values[at] } },
  );
}

function copyOf(a: BlockMatrix, label: string): BlockMatrix {
  return map(a, (x) => x, { dtype: workingDType(a), label });
}

function withDense<T>(a: BlockMatrix, use: (dense: BlockMatrix) => T): T {
  const dense = toDense(a);
  try {
    return use(dense);
  } finally {
    dense.dispose();
  }
}
