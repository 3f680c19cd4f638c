import type { Backend, DeviceBuffer } from "./backend.js";
import { BlockPattern } from "./block-pattern.js";
import { checkOptions } from "./check-arguments.js";
import {
  bytesPerElement,
  checkDType,
  type DType,
  describeValue,
  type HostArray,
  newHostArray,
} from "./dtype.js";
import { BlkError } from "./errors.js";
import {
  checkHostData,
  convertHostArray,
  flattenRows,
  type HostData,
  inferDType,
  joinArrays,
  packPresent,
} from "./host-data.js";
import { type Layout, layoutOf, type MatrixOptions, type ShapedOptions } from "./matrix-options.js";
import { checkCount, Partition, type PartitionLike } from "./partition.js";
import { storedElements } from "./storage.js";

/** What a new matrix begins with: its type, its layout, and what is written to its memory. */
export interface NewElements {
  readonly dtype: DType;
  readonly layout: Layout;
  /** The operation that makes it. */
  readonly label: string;
  readonly write: (backend: Backend, buffer: DeviceBuffer) => void;
}

/** Rows of numbers, of equal lengths. */
export function elementsOfRows(
  label: string,
  rows: readonly (readonly number[])[],
  options: MatrixOptions,
): NewElements {
  checkOptions(label, options, 'such as { dtype: "f64", blockRows: 2 }');
  const { data, rowCount, colCount } = flattenRows(rows);
  const shape = { rows: rowCount, cols: colCount };
  return elementsOfArray(label, data, { dtype: "f32", ...options, ...shape });
}

/** rows·cols numbers, row by row; those of absent blocks are dropped. */
export function elementsOfArray(
  label: string,
  data: HostData,
  options: ShapedOptions,
): NewElements {
  const layout = layoutOf(label, options);
  const { rows, cols } = options;
  checkHostData(label, data);
  if (data.length !== rows * cols) {
    throw new BlkError(
      "SHAPE",
      `${label}: a ${rows}×${cols} matrix needs ${rows * cols} numbers, got ${data.length}; pass all of them, row by row`,
      { details: { expected: rows * cols, actual: data.length } },
    );
  }
  const dtype = checkDType(label, options.dtype ?? inferDType(data));
  return {
    dtype,
    layout,
    label,
    write(backend, buffer) {
      const host = convertHostArray(data, dtype, label);
      const { pattern } = layout;
      const isDense = pattern === undefined;
      backend.write(buffer, isDense ? host : packPresent(host, dtype, { ...layout, pattern }));
    },
  };
}

/** A present block and its elements, row by row. */
export interface BlockData {
  readonly row: number;
  readonly col: number;
  readonly data: HostData;
}

/** The present blocks; the others are absent. */
export function elementsOfBlocks(
  label: string,
  blocks: readonly BlockData[],
  options: Omit<ShapedOptions, "pattern">,
): NewElements {
  if (!Array.isArray(blocks)) {
    throw new BlkError(
      "ARGUMENT",
      `${label}: expected an array of { row, col, data }, got ${describeValue(blocks)}`,
    );
  }
  blocks.forEach((block: unknown, i) => {
    if (typeof block === "object" && block !== null) return;
    throw new BlkError(
      "ARGUMENT",
      `${label}: block ${i} is ${describeValue(block)}; expected { row, col, data }, and leave absent blocks out`,
    );
  });
  for (const { data } of blocks) checkHostData(label, data);
  const cuts = layoutOf(label, options);
  const dtype = checkDType(label, options.dtype ?? inferDType(blocks[0]?.data ?? []));
  const { rowPartition, colPartition } = cuts;
  const pattern = BlockPattern.of(rowPartition.count, colPartition.count, blocks);
  return {
    dtype,
    layout: { ...cuts, pattern },
    label,
    write(backend, buffer) {
      const elements = new Array<HostArray>(blocks.length);
      for (const { row, col, data } of blocks) {
        const expected = rowPartition.length(row) * colPartition.length(col);
        if (data.length !== expected) {
          throw new BlkError(
            "SHAPE",
            `${label}: block (${row}, ${col}) is ${rowPartition.length(row)}×${colPartition.length(col)} and needs ${expected} numbers, got ${data.length}; pass all of them, row by row`,
          );
        }
        elements[pattern.indexOf(row, col)] = convertHostArray(data, dtype, label);
      }
      backend.write(buffer, joinArrays(elements, dtype));
    },
  };
}

/** Elements per write of a constant: 8 MiB of host memory at most. */
const fillLength = 2 ** 20;

/** One number for all stored elements. */
export function equalElements(label: string, value: number, options: ShapedOptions): NewElements {
  const layout = layoutOf(label, options);
  const dtype = checkDType(label, options.dtype ?? "f32");
  const element = convertHostArray([value], dtype, label)[0] as number;
  return {
    dtype,
    layout,
    label,
    write(backend, buffer) {
      const size = bytesPerElement(dtype);
      const total = storedElements(layout.rowPartition, layout.colPartition, layout.pattern);
      const host = newHostArray(dtype, Math.min(fillLength, total)).fill(element);
      for (let start = 0; start < total; start += fillLength) {
        const length = Math.min(fillLength, total - start);
        backend.write(buffer, host.subarray(0, length), start * size);
      }
    },
  };
}

/** Ones on the diagonal of a dense matrix or, with `blocks`, of one that has its diagonal blocks. */
export function identityElements(
  label: string,
  size: number,
  options: { readonly dtype?: DType; readonly blocks?: PartitionLike },
): NewElements {
  checkCount(size, label, "a size");
  checkOptions(label, options, "such as { blocks: 2 }");
  const dtype = checkDType(label, options.dtype ?? "f32");
  const partition = Partition.from(options.blocks, size, `${label}, blocks`);
  const pattern = options.blocks === undefined ? undefined : BlockPattern.diagonal(partition.count);
  return {
    dtype,
    layout: { rowPartition: partition, colPartition: partition, pattern },
    label,
    write(backend, buffer) {
      const host = newHostArray(dtype, buffer.byteLength / bytesPerElement(dtype));
      const one = convertHostArray([1], dtype, label)[0] as number;
      let start = 0;
      for (const length of partition.lengths) {
        for (let i = 0; i < length; i++) host[start + i * length + i] = one;
        start += length * length;
      }
      backend.write(buffer, host);
    },
  };
}
