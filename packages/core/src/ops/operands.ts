/** What every operation checks of its operands. */
import type { Backend, MatrixView } from "../backend.js";
import { BlockMatrix } from "../block-matrix.js";
import { computeDType, type DType, describeValue } from "../dtype.js";
import { BlkError } from "../errors.js";
import { conform, type Partition } from "../partition.js";

/** The one backend of all operands. Throws `ARGUMENT`, `DISPOSED` or `BACKEND_MISMATCH`. */
export function commonBackend(operation: string, operands: readonly BlockMatrix[]): Backend {
  const first = operands[0];
  for (const operand of operands) {
    if (!(operand instanceof BlockMatrix)) {
      throw new BlkError(
        "ARGUMENT",
        `${operation}: expected a BlockMatrix, got ${describeValue(operand)}${placeOf(operands, operand)}; make one with BlockMatrix.fromRows(backend, …)`,
      );
    }
    operand.storage(operation);
    if (operand.backend !== first?.backend) {
      throw new BlkError(
        "BACKEND_MISMATCH",
        `${operation}: ${first} is on backend ${first?.backend.name}, but ${operand} is on another one (${operand.backend.name}); move one of them with transfer()`,
      );
    }
  }
  if (first === undefined) {
    throw new BlkError("ARGUMENT", `${operation}: expected at least one matrix`);
  }
  return first.backend;
}

/** Which of several operands one is. */
function placeOf(operands: readonly BlockMatrix[], operand: BlockMatrix): string {
  return operands.length < 2 ? "" : ` as operand ${operands.indexOf(operand)}`;
}

/**
 * The element type of the result: that of all operands, `f32` for a mix of f16 and f32. Throws
 * `DTYPE` for any other mix.
 */
export function commonDType(operation: string, operands: readonly BlockMatrix[]): DType {
  const first = operands[0] as BlockMatrix;
  const type = computeDType(first.dtype);
  let common: DType = first.dtype;
  for (const operand of operands) {
    if (operand.dtype === first.dtype) continue;
    common = type;
    if (computeDType(operand.dtype) !== type) {
      throw new BlkError(
        "DTYPE",
        `${operation}: ${first} and ${operand} have different element types; convert one with cast()`,
        { details: { dtypes: operands.map(({ dtype }) => dtype) } },
      );
    }
  }
  return common;
}

/** The partition of both, or a `PARTITION` error that says how to cut them alike. */
export function commonPartition(
  operation: string,
  x: Partition,
  y: Partition,
  [xName, yName]: readonly [string, string],
): Partition {
  const common = conform(x, y);
  if (common === undefined) {
    throw new BlkError(
      "PARTITION",
      `${operation}: ${xName} are cut at ${x} and ${yName} at ${y}; cut both alike with repartition()`,
      { details: { expected: x.cuts, actual: y.cuts } },
    );
  }
  return common;
}

/** The one window of a dense operand, or a `PARTITION` error that names the remedy. */
export function denseViewOf(operation: string, operand: BlockMatrix): MatrixView {
  const storage = operand.storage(operation);
  if (storage.kind === "dense") return storage.view;
  throw new BlkError(
    "PARTITION",
    `${operation}: ${operand} is block-sparse, but a dense matrix is needed here; convert it with toDense()`,
  );
}

/** Throws `ARGUMENT` unless an option is one of the given words. */
export function checkChoice(
  operation: string,
  name: string,
  value: string,
  choices: readonly string[],
): void {
  if (choices.includes(value)) return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected ${name} to be one of ${choices.join(", ")}, got ${describeValue(value)}`,
  );
}

/** Throws `DTYPE` for a matrix of integers, `ARGUMENT` or `DISPOSED` for none at all. */
export function checkFloatingPoint(operation: string, a: BlockMatrix): void {
  commonBackend(operation, [a]);
  if (computeDType(a.dtype) !== "i32") return;
  throw new BlkError("DTYPE", `${operation}: expected floating point, got ${a}; cast() it first`);
}

/** The window of row indices. Throws `DTYPE` unless they are an i32 column, `wide` for several. */
export function indexViewOf(operation: string, indices: BlockMatrix, wide?: "wide"): MatrixView {
  if (indices.dtype === "i32" && (wide !== undefined || indices.cols === 1)) {
    return denseViewOf(operation, indices);
  }
  const expected =
    wide === undefined ? "an i32 column (n×1)" : "an i32 column, or several side by side";
  throw new BlkError("DTYPE", `${operation}: expected row indices as ${expected}, got ${indices}`);
}
