import type { Backend, MatrixView } from "./backend.js";
import { checkOptions } from "./check-arguments.js";
import { type DType, type HostArray, newHostArray } from "./dtype.js";
import { arrayOfAll, convertHostArray, unpackPresent } from "./host-data.js";
import type { Partition } from "./partition.js";
import type { Storage } from "./storage.js";

/** Options of reading. */
export interface ReadOptions {
  /** Stops waiting: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Elements as they are read: `f16` is widened to `f32`, exactly. */
export type NumberArray = Float32Array | Float64Array | Int32Array;

/** A matrix, for reading. */
interface Readable {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly rows: number;
  readonly cols: number;
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
}

/** All elements, row by row. Rejects with `OUT_OF_MEMORY` where no array can hold them. */
export async function readAll(
  operation: string,
  matrix: Readable,
  storage: Storage,
  options: ReadOptions,
): Promise<NumberArray> {
  checkOptions(operation, options, "such as { signal }");
  const { backend, dtype, rowPartition, colPartition } = matrix;
  if (storage.kind === "dense") return decoded(await backend.read(storage.view, options));
  // Before anything is read: of many absent blocks, the whole may be too large.
  const all = arrayOfAll(operation, matrix, dtype === "f16" ? "f32" : dtype);
  const parts = await Promise.all(
    storage.views.map(async (view) => decoded(await backend.read(view, options))),
  );
  unpackPresent(all, parts, { rowPartition, colPartition, pattern: storage.pattern });
  return all as NumberArray;
}

/** The elements of a view, row by row; zeros where there is none. */
export async function readView(
  matrix: Readable,
  view: MatrixView | undefined,
  length: number,
  options: ReadOptions,
): Promise<NumberArray> {
  if (view === undefined) return decoded(newHostArray(matrix.dtype, length));
  return decoded(await matrix.backend.read(view, options));
}

function decoded(host: HostArray): NumberArray {
  return host instanceof Uint16Array
    ? (convertHostArray(host, "f32", "read") as Float32Array)
    : host;
}
