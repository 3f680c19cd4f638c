/** What `checked` asks of the views of a call. */
import type { ElementwiseMany, MatrixView } from "./backend.js";
import { bytesPerElement, computeDType } from "./dtype.js";
import { BlkError } from "./errors.js";
import { outputsOverlap, sameView, viewExtent } from "./view.js";

/** Throws unless a view lies inside of a live buffer: `DISPOSED`, `BOUNDS`. */
export function checkView(operation: string, view: MatrixView): MatrixView {
  const { buffer, rows, cols, offset, rowStride, colStride, dtype } = view;
  if (buffer.disposed) throw disposed(operation);
  const isValid =
    [rows, cols, offset, rowStride, colStride].every(Number.isSafeInteger) &&
    rows >= 0 &&
    cols >= 0;
  const [first, end] = viewExtent(view);
  if (!isValid || first < 0 || end * bytesPerElement(dtype) > buffer.byteLength) {
    throw new BlkError(
      "BOUNDS",
      `${operation}: a view of ${rows}×${cols} ${dtype} (offset ${offset}, strides ${rowStride}, ${colStride}) does not lie inside of its buffer of ${buffer.byteLength} bytes`,
    );
  }
  return view;
}

/** Throws `SHAPE` unless an input has the output's. */
export function checkSameShape(operation: string, view: MatrixView, other: MatrixView): void {
  if (view.rows !== other.rows || view.cols !== other.cols) {
    throw new BlkError(
      "SHAPE",
      `${operation}: an input is ${view.rows}×${view.cols}, but the output is ${other.rows}×${other.cols}`,
    );
  }
}

/** Throws `DTYPE` unless both are computed in one type. */
export function checkComputeType(operation: string, view: MatrixView, other: MatrixView): void {
  if (computeDType(view.dtype) !== computeDType(other.dtype)) {
    throw new BlkError("DTYPE", `${operation}: ${view.dtype} and ${other.dtype} meet in one call`);
  }
}

/** Throws `ALIAS`: outputs must overlap nothing else of their call; only views of one buffer can. */
export function checkAliases(
  operation: string,
  outputs: readonly MatrixView[],
  inputs: readonly MatrixView[],
): void {
  for (const { rows, cols, rowStride, colStride } of outputs) {
    if (rows === 0 || cols === 0) continue;
    if ((rows > 1 && rowStride === 0) || (cols > 1 && colStride === 0)) {
      throw new BlkError("ALIAS", `${operation}: an output has a stride of 0`);
    }
  }
  if (outputsOverlap(outputs, inputs)) {
    throw new BlkError(
      "ALIAS",
      `${operation}: an output overlaps another view of the same call; write into memory of its own`,
    );
  }
}

/** {@link checkAliases} where an output may be the very view of an input of its own task. */
export function checkAliasesInPlace(operation: string, tasks: readonly ElementwiseMany[]): void {
  checkAliases(
    operation,
    tasks.flatMap(({ outs }) => outs),
    tasks.flatMap(({ inputs, outs }) =>
      inputs.filter((view) => !outs.some((out) => sameView(view, out))),
    ),
  );
}

/** The error for a buffer that was. */
export function disposed(operation: string): BlkError {
  return new BlkError("DISPOSED", `${operation}: the buffer was disposed`);
}
