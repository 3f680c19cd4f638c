/** What is checked of arguments before anything looks into them. */
import type { Backend } from "./backend.js";
import type { BlockMatrix } from "./block-matrix.js";
import { describeValue } from "./dtype.js";
import { BlkError } from "./errors.js";

/** Throws `ARGUMENT` unless this is a backend, open: not a provider, not a promise of one. */
export function checkBackend(operation: string, backend: Backend): void {
  if (typeof backend?.allocate === "function" && backend.capabilities !== undefined) return;
  const { create, then } = (backend ?? {}) as { create?: unknown; then?: unknown };
  const got =
    typeof create === "function"
      ? "a provider"
      : typeof then === "function"
        ? "a promise"
        : describeValue(backend);
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected an open backend, got ${got}; open one with await openBackend([js()])`,
  );
}

/** Throws `ARGUMENT` unless options are an object. */
export function checkOptions(operation: string, options: object, example: string): void {
  if (typeof options === "object" && options !== null) return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected options ${example}, got ${describeValue(options)}`,
  );
}

/** Throws `BOUNDS` for a place outside of the grid of blocks. */
export function checkBlock(operation: string, a: BlockMatrix, row: number, col: number): void {
  const { count: rows } = a.rowPartition;
  const { count: cols } = a.colPartition;
  const isInside = (index: number, count: number): boolean =>
    Number.isInteger(index) && index >= 0 && index < count;
  if (isInside(row, rows) && isInside(col, cols)) return;
  throw new BlkError(
    "BOUNDS",
    `${operation}: there is no block (${describeValue(row)}, ${describeValue(col)}) in ${a}, cut into ${rows}×${cols} blocks; count from 0, or cut it with repartition()`,
    { details: { row, col, rows, cols } },
  );
}
