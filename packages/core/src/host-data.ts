/** Numbers on their way in and out: nested rows, plain and typed arrays, f16 bits. */
import type { BlockPattern } from "./block-pattern.js";
import {
  bytesPerElement,
  type DType,
  describeValue,
  dtypeOf,
  type HostArray,
  newHostArray,
} from "./dtype.js";
import { BlkError } from "./errors.js";
import { decodeHalf, encodeHalf } from "./half.js";
import type { Partition } from "./partition.js";

/** Numbers given by a user. A `Uint16Array` holds f16 bits. */
export type HostData = HostArray | readonly number[];

/** The element type of a typed array; `f32` for plain arrays. */
export function inferDType(data: HostData): DType {
  return Array.isArray(data) ? "f32" : dtypeOf(data as HostArray);
}

/** Throws `ARGUMENT` or `DTYPE` unless `data` is an array of numbers or of an element type. */
export function checkHostData(operation: string, data: HostData): void {
  if (Array.isArray(data)) return;
  const arrays = "Float32Array, Float64Array, Int32Array or Uint16Array (f16 bits)";
  if (typeof data !== "object" || data === null || !("length" in data)) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected an array of numbers or a ${arrays}, got ${describeValue(data)}`,
    );
  }
  const types = [Float32Array, Float64Array, Int32Array, Uint16Array];
  if (types.some((type) => (data as HostArray) instanceof type)) return;
  throw new BlkError(
    "DTYPE",
    `${operation}: expected an array of numbers or a ${arrays}, got ${describeValue(data)}; convert it with Float32Array.from`,
  );
}

/** Rows of numbers as one array. Throws `ARGUMENT` for anything else, ragged rows included. */
export function flattenRows(rows: readonly (readonly number[])[]): {
  readonly data: Float64Array;
  readonly rowCount: number;
  readonly colCount: number;
} {
  const example = "an array of arrays of numbers, such as [[1, 2], [3, 4]]";
  if (!Array.isArray(rows)) {
    throw new BlkError(
      "ARGUMENT",
      `fromRows: expected ${example}, got ${describeValue(rows)}; for one array of numbers use fromArray`,
    );
  }
  // Loops by index, because forEach and every pass over the holes of [[1, , 3]].
  for (let i = 0; i < rows.length; i++) {
    if (Array.isArray(rows[i])) continue;
    throw new BlkError(
      "ARGUMENT",
      `fromRows: expected ${example}, but row ${i} is ${describeValue(rows[i])}; for one array of numbers use fromArray`,
    );
  }
  const colCount = (rows[0] as readonly number[] | undefined)?.length ?? 0;
  const data = new Float64Array(rows.length * colCount);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as readonly number[];
    if (row.length !== colCount) {
      throw new BlkError(
        "ARGUMENT",
        `fromRows: all rows must have the same length, but row 0 has ${colCount} numbers and row ${i} has ${row.length}; fill the shorter ones up`,
      );
    }
    for (let j = 0; j < colCount; j++) {
      const value = row[j];
      if (typeof value !== "number") {
        throw new BlkError(
          "ARGUMENT",
          `fromRows: element (${i}, ${j}) is ${describeValue(value)}, not a number; write 0 for nothing`,
        );
      }
      data[i * colCount + j] = value;
    }
  }
  return { data, rowCount: rows.length, colCount };
}

/**
 * The same numbers as an array of `dtype`, rounded to nearest; the array itself where nothing
 * changes. Throws `DTYPE` where a number is no i32.
 */
export function convertHostArray(data: HostData, dtype: DType, operation: string): HostArray {
  const plain = Array.isArray(data);
  const from = inferDType(data);
  if (!plain && from === dtype) return data as HostArray;
  const out = newHostArray(dtype, data.length);
  const decode = !plain && from === "f16" ? decodeHalf : (x: number) => x;
  for (let i = 0; i < data.length; i++) {
    const value = decode(data[i] as number);
    if (plain && typeof value !== "number") {
      throw new BlkError(
        "ARGUMENT",
        `${operation}: element ${i} is ${describeValue(value)}, not a number; write 0 for nothing`,
      );
    }
    if (dtype === "i32" && (value | 0) !== value) {
      throw new BlkError(
        "DTYPE",
        `${operation}: element ${i} is ${value}, which is not an i32 (a whole number from −2³¹ to 2³¹ − 1); round it first or choose dtype f32 or f64`,
      );
    }
    out[i] = dtype === "f16" ? encodeHalf(value) : value;
  }
  return out;
}

/** The cuts and present blocks of a block-sparse matrix. */
export interface SparseLayout {
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  readonly pattern: BlockPattern;
}

/** Calls `visit` for each row of each present block, in the order of storage. */
function forEachBlockRow(
  layout: SparseLayout,
  visit: (denseStart: number, packedStart: number, length: number) => void,
): number {
  const { rowPartition, colPartition, pattern } = layout;
  let packed = 0;
  for (const { row, col } of pattern.positions()) {
    const length = colPartition.length(col);
    for (let i = 0; i < rowPartition.length(row); i++) {
      const dense = (rowPartition.start(row) + i) * colPartition.size + colPartition.start(col);
      visit(dense, packed, length);
      packed += length;
    }
  }
  return packed;
}

/** Picks the present blocks out of a dense array: each row by row, one after the other. */
export function packPresent(dense: HostArray, dtype: DType, layout: SparseLayout): HostArray {
  const total = forEachBlockRow(layout, () => undefined);
  const packed = newHostArray(dtype, total);
  forEachBlockRow(layout, (denseStart, packedStart, length) => {
    packed.set(dense.subarray(denseStart, denseStart + length), packedStart);
  });
  return packed;
}

/** The reverse of {@link packPresent}: `packed` into `dense`, a zeroed array of the same type. */
export function unpackPresent(
  dense: HostArray,
  packed: readonly HostArray[],
  layout: SparseLayout,
): void {
  const all = joinArrays(packed, dtypeOf(dense));
  forEachBlockRow(layout, (denseStart, packedStart, length) => {
    dense.set(all.subarray(packedStart, packedStart + length), denseStart);
  });
}

/**
 * A zeroed array for all elements of a block-sparse matrix, absent blocks included. Throws
 * `OUT_OF_MEMORY` where the engine has no array that large.
 */
export function arrayOfAll(
  operation: string,
  matrix: { readonly rows: number; readonly cols: number },
  dtype: DType,
): HostArray {
  const elements = matrix.rows * matrix.cols;
  try {
    return newHostArray(dtype, elements);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const bytes = elements * bytesPerElement(dtype);
    throw new BlkError(
      "OUT_OF_MEMORY",
      `${operation}: ${matrix} has ${elements} elements with its absent blocks, and there is no array of ${bytes} bytes; read one block at a time with readBlock() or blocks()`,
      { details: { elements, bytes }, cause },
    );
  }
}

/** Arrays one after the other. */
export function joinArrays(parts: readonly HostArray[], dtype: DType): HostArray {
  const joined = newHostArray(
    dtype,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
