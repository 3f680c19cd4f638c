/** Views in all layouts with their elements on the host, and fences around them. */
import {
  type Backend,
  bytesPerElement,
  type DeviceBuffer,
  type DType,
  decodeHalf,
  denseView,
  encodeHalf,
  type HostArray,
  type MatrixView,
  newHostArray,
} from "@blk/core";

export const layouts = ["rows", "columns", "padded", "aligned", "reversed"] as const;
export type Layout = (typeof layouts)[number];

/** Stands where nothing may be written. */
const fence = 1234;

/** A view, and its elements row by row as numbers. */
export interface HostView {
  readonly view: MatrixView;
  readonly elements: readonly number[];
}

/** Elements of a buffer for a view of these sizes in any layout, fences included. */
function extentOf(rows: number, cols: number): number {
  return 16 + (rows + 4) * (cols + 4) * 2;
}

/** Makes a view that holds `element(i, j)`, in a buffer of its own. */
export function hostView(
  backend: Backend,
  dtype: DType,
  rows: number,
  cols: number,
  layout: Layout,
  element: (i: number, j: number) => number,
): HostView {
  const count = extentOf(rows, cols);
  const buffer = backend.allocate(count * bytesPerElement(dtype));
  const view = viewIn(buffer, dtype, rows, cols, layout);
  const elements: number[] = [];
  const array = newHostArray(dtype, count).fill(encoded(dtype, fence));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const x = element(i, j);
      elements.push(x);
      array[view.offset + i * view.rowStride + j * view.colStride] = encoded(dtype, x);
    }
  }
  backend.write(buffer, array);
  return { view, elements };
}

function viewIn(
  buffer: DeviceBuffer,
  dtype: DType,
  rows: number,
  cols: number,
  layout: Layout,
): MatrixView {
  const four = (x: number): number => 4 * Math.ceil(x / 4);
  const [offset, rowStride, colStride] = {
    rows: [3, cols, 1],
    columns: [8, 1, four(rows)],
    padded: [5, 2 * cols + 3, 2],
    aligned: [8, four(cols), 1],
    reversed: [7 + Math.max(0, rows * cols - 1), -cols, -1],
  }[layout] as [number, number, number];
  return { buffer, dtype, rows, cols, offset, rowStride, colStride };
}

/** What a view holds now; throws if anything around it was overwritten. */
export async function elementsOf(backend: Backend, view: MatrixView): Promise<readonly number[]> {
  const { buffer, dtype, rows, cols } = view;
  const array = await backend.read(denseView(buffer, dtype, 1, extentOf(rows, cols)));
  const elements: number[] = [];
  const inside = new Set<number>();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const at = view.offset + i * view.rowStride + j * view.colStride;
      inside.add(at);
      elements.push(decoded(dtype, array[at]!));
    }
  }
  (array as Float32Array).forEach((x, at) => {
    if (inside.has(at) || decoded(dtype, x) === fence) return;
    throw new Error(`the fence at ${at} was overwritten by ${decoded(dtype, x)}`);
  });
  return elements;
}

function encoded(dtype: DType, x: number): HostArray[number] {
  return dtype === "f16" ? encodeHalf(x) : x;
}

function decoded(dtype: DType, x: number): number {
  return dtype === "f16" ? decodeHalf(x) : x;
}
