import type { DeviceBuffer, MatrixView } from "@blk/core";
import type { GemmKernels } from "./gemm-kernels.js";
import { arithmetics, type ComputeType } from "./kernels/arithmetic.js";
import { prepackLayout } from "./kernels/prepack.js";
import { WasmPacked } from "./packed-operand.js";
import { type GemmParams, tileColumns } from "./params.js";
import { arithmeticOf } from "./product-plan.js";
import type { Workspace } from "./workspace.js";

/**
 * Packs `b` for products of its arithmetic, into a buffer that `allocate` gives.
 *
 * Throws `OUT_OF_MEMORY`, and what {@link Workspace.window} throws.
 */
export function packOperand(
  workspace: Workspace,
  kernels: GemmKernels,
  b: MatrixView,
  allocate: (byteLength: number) => DeviceBuffer,
): WasmPacked {
  // Refused before anything is allocated.
  workspace.window(b, "pack");
  const type = arithmeticOf(workspace, b.dtype);
  const params = kernels.params[type];
  const columns = tileColumns(type, params);
  const cols = Math.ceil(b.cols / columns) * columns;
  // Each slice has room for one row more.
  const rows = b.rows + Math.ceil(b.rows / params.kc);
  const buffer = allocate(rows * cols * arithmetics[type].bytes);
  const view = {
    buffer,
    dtype: type,
    rows,
    cols,
    offset: 0,
    rowStride: cols,
    colStride: 1,
  };
  try {
    fill(workspace, kernels, b, { type, params, view });
  } catch (error) {
    buffer.dispose();
    throw error;
  }
  return new WasmPacked(view, params);
}

interface Target {
  readonly type: ComputeType;
  readonly params: GemmParams;
  readonly view: MatrixView;
}

/** One item for each slice of kc rows and each nc columns of it. */
function fill(
  workspace: Workspace,
  kernels: GemmKernels,
  b: MatrixView,
  { type, params, view }: Target,
): void {
  const { kc, nc } = params;
  const { bytes } = arithmetics[type];
  const kernel = kernels.prepackKernel(type, b.dtype, tileColumns(type, params));
  const count = Math.ceil(b.rows / kc) * Math.ceil(b.cols / nc);
  if (count === 0) return;
  const items = workspace.commands.take(count * kernel.itemBytes);
  const source = workspace.window(b, "pack");
  const target = workspace.window(view, "pack");
  const words = workspace.memory.views.i32;
  let at = items >>> 2;
  for (let row = 0; row < b.rows; row += kc) {
    const k = Math.min(kc, b.rows - row);
    const to = target.address + (row + row / kc) * target.rowStride;
    for (let col = 0; col < b.cols; col += nc) {
      words[at + prepackLayout.from / 4] =
        source.address + row * source.rowStride + col * source.colStride;
      words[at + prepackLayout.fromRow / 4] = source.rowStride;
      words[at + prepackLayout.fromCol / 4] = source.colStride;
      words[at + prepackLayout.k / 4] = k;
      words[at + prepackLayout.n / 4] = Math.min(nc, b.cols - col);
      words[at + prepackLayout.to / 4] = to + col * (k + 1) * bytes;
      words[at + prepackLayout.source / 4] = b.dtype === type ? 0 : 1;
      at += prepackLayout.size / 4;
    }
  }
  workspace.executor.run(kernel, items, count, b.rows * b.cols * nanosecondsPerNumber);
}

/** A cautious guess, by which is decided whether packing is worth sharing among threads. */
const nanosecondsPerNumber = 0.5;
