import {
  BlkError,
  bytesPerElement,
  type DeviceBuffer,
  type DType,
  decodeHalf,
  encodeHalf,
  type MatrixView,
} from "@blk/core";
import { Commands } from "../src/commands.js";
import { SingleThread } from "../src/executor.js";
import type { Kernel } from "../src/kernel.js";
import { KnownExpressions } from "../src/known-expressions.js";
import { LinearMemory } from "../src/linear-memory.js";
import type { Window } from "../src/window.js";
import type { Workspace } from "../src/workspace.js";

/** Memory of a test workspace. */
interface TestBuffer extends DeviceBuffer {
  readonly address: number;
}

/** How a matrix of {@link TestWorkspace.upload} lies in its buffer, in elements; default: by rows. */
export interface Layout {
  readonly offset?: number;
  readonly rowStride?: number;
  readonly colStride?: number;
}

/** A workspace of one thread without a backend around it, and ways to fill and read its memory. */
export interface TestWorkspace {
  readonly workspace: Workspace;
  /** The names of the kernels that were generated, in order. */
  kernels(): string[];
  /** A view of `rows`×`cols` elements, given row by row; gaps of the layout hold `gap`. */
  upload(
    values: ArrayLike<number>,
    dtype: DType,
    rows: number,
    cols: number,
    layout?: Layout,
    gap?: number,
  ): MatrixView;
  /** The elements of a view, row by row; f16 as numbers. */
  download(view: MatrixView): number[];
  /** All elements of the view's buffer, gaps and fences included. */
  contents(view: MatrixView): number[];
}

/** Elements before and after each matrix, which must stay as they are. */
const fence = 8;

export function createTestWorkspace(
  options: { reproducible?: boolean; fused?: boolean } = {},
): TestWorkspace {
  const memory = new LinearMemory(false, 2 ** 30);
  const kernels = new Map<string, Kernel>();
  const workspace: Workspace = {
    memory,
    commands: new Commands(memory),
    executor: new SingleThread(memory),
    expressions: new KnownExpressions(),
    reproducible: options.reproducible ?? false,
    fused: options.fused ?? false,
    kernel(name, generate) {
      const kernel = kernels.get(name) ?? generate();
      kernels.set(name, kernel);
      return kernel;
    },
    window: windowOf,
  };

  const elements = ({ buffer, dtype }: MatrixView): ArrayLike<number> & { fill: unknown } => {
    const { address, byteLength } = buffer as TestBuffer;
    const { views } = memory;
    const array = views[dtype];
    const bytes = bytesPerElement(dtype);
    return array.subarray(address / bytes, (address + byteLength) / bytes);
  };
  const contents = (view: MatrixView): number[] =>
    Array.from(elements(view), view.dtype === "f16" ? decodeHalf : Number);

  return {
    workspace,
    kernels: () => [...kernels.keys()],
    contents,
    upload(values, dtype, rows, cols, layout = {}, gap = 7) {
      const { rowStride = cols, colStride = 1, offset = 0 } = layout;
      const corners = [0, (rows - 1) * rowStride].flatMap((down) => [
        down,
        down + (cols - 1) * colStride,
      ]);
      const lowest = Math.min(0, ...corners);
      const length = Math.max(0, ...corners) - lowest + 1 + offset + 2 * fence;
      const byteLength = length * bytesPerElement(dtype);
      const address = memory.allocate(byteLength);
      if (address === undefined) throw new BlkError("OUT_OF_MEMORY", "the test takes too much");
      const buffer: TestBuffer = { byteLength, address, disposed: false, dispose: () => {} };
      const start = fence + offset - lowest;
      const view = { buffer, dtype, rows, cols, offset: start, rowStride, colStride };
      const array = elements(view) as Float64Array;
      const encode = dtype === "f16" ? encodeHalf : Number;
      array.fill(encode(gap));
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++) {
          array[start + i * rowStride + j * colStride] = encode(values[i * cols + j] ?? 0);
        }
      }
      return view;
    },
    download(view) {
      const { rows, cols, offset, rowStride, colStride } = view;
      const all = contents(view);
      return Array.from({ length: rows * cols }, (_, k) => {
        const [i, j] = [Math.floor(k / cols), k % cols];
        return all[offset + i * rowStride + j * colStride] ?? Number.NaN;
      });
    },
  };
}

function windowOf(view: MatrixView): Window {
  const { buffer, dtype, rows, cols, offset, rowStride, colStride } = view;
  const bytes = bytesPerElement(dtype);
  return {
    dtype,
    rows,
    cols,
    address: (buffer as TestBuffer).address + offset * bytes,
    rowStride: rowStride * bytes,
    colStride: colStride * bytes,
  };
}
