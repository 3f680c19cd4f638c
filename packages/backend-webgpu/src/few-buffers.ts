import { bytesPerElement, denseView, type Elementwise, type MatrixView } from "@blk/core";
import type { GpuBuffer } from "./buffers.js";
import type { Workspace } from "./workspace.js";

/** What goes with {@link bindable}. */
export interface Copies {
  readonly operation: string;
  /** Copies elements as they are. */
  copy(tasks: readonly Elementwise[]): void;
  /** Memory of copies, to be disposed when what reads them is recorded. */
  readonly scratch: GpuBuffer[];
}

/**
 * Views in no more buffers than the device binds at once, which may be eight: those that are too
 * many are copied into one. The first four, among which are all that are written, stay as they are.
 */
export function bindable(
  workspace: Workspace,
  views: readonly MatrixView[],
  { operation, copy, scratch }: Copies,
): readonly MatrixView[] {
  // One is for the parameters.
  const most = workspace.traits.limits.maxStorageBuffersPerShaderStage - 1;
  if (views.length <= most) return views;
  const memories = views.map((view) => workspace.buffers.ofView(view, operation).memory);
  const distinct = [...new Set(memories)];
  if (distinct.length <= most) return views;
  const kept = new Set(distinct.slice(0, most - 1));
  const isMoved = (i: number): boolean => !kept.has(memories[i]!);
  let bytes = 0;
  const offsets = views.map(({ dtype, rows, cols }, i) => {
    const offset = bytes / bytesPerElement(dtype);
    if (isMoved(i)) bytes += Math.ceil((rows * cols * bytesPerElement(dtype)) / 4) * 4;
    return offset;
  });
  const buffer = workspace.buffers.allocate(bytes);
  scratch.push(buffer);
  const result = views.map((view, i) => {
    if (!isMoved(i)) return view;
    return denseView(buffer, view.dtype, view.rows, view.cols, offsets[i]);
  });
  copy(result.map((out, i) => ({ inputs: [views[i]!], out })).filter((_, i) => isMoved(i)));
  return result;
}
