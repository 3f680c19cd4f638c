import type { Kernel } from "./kernel.js";
import { writeReduceItem } from "./kernels/reduce.js";
import { blockRows, type Job } from "./reduce-plan.js";
import { windowBytes } from "./window.js";
import type { Workspace } from "./workspace.js";

/** Jobs of one kernel, which are done together. */
export interface Batch {
  readonly kernel: Kernel;
  readonly jobs: Job[];
  /** About how long one thread takes. */
  nanoseconds: number;
}

/**
 * Runs batches one after the other. Their items, and `partialBytes` of memory for results that a
 * later batch reads, share what the call takes of the commands' memory.
 */
export function runBatches(
  { commands, memory, executor }: Workspace,
  batches: readonly Batch[],
  partialBytes: number,
): void {
  const counts = batches.map(({ jobs }) => jobs.reduce((sum, job) => sum + itemsOf(job), 0));
  const itemBytes = batches.map(({ kernel }, b) => kernel.itemBytes * counts[b]!);
  const partials = commands.take(itemBytes.reduce((sum, bytes) => sum + bytes, partialBytes));
  const { i32 } = memory.views;
  const starts: number[] = [];
  let at = partials + partialBytes;
  for (const { jobs } of batches) {
    starts.push(at);
    for (const job of jobs) at = writeItems(i32, at, job, partials);
  }
  batches.forEach(({ kernel, nanoseconds }, b) => {
    executor.run(kernel, starts[b]!, counts[b]!, nanoseconds);
  });
}

function itemsOf({ arranged: { rows, cols }, height, width }: Job): number {
  return Math.ceil(rows / height) * Math.ceil(cols / width);
}

/** Writes the items of a job; returns the address after them. */
function writeItems(i32: Int32Array, items: number, job: Job, partials: number): number {
  const { arranged, height, width, down, across, partial } = job;
  const { direction, rows, cols, windows, rowPlaces, colPlaces, outStep } = arranged;
  const outs = arranged.out + (partial === "out" ? partials : 0);
  const sources = partial === "windows" ? partials : 0;
  const placeStep = direction === "columns" ? colPlaces : rowPlaces;
  const block = blockRows(width);
  let at = items;
  for (let row = 0; row < rows; row += height) {
    for (let col = 0; col < cols; col += width) {
      at = writeReduceItem(i32, at, {
        rows: Math.min(height, rows - row),
        cols: Math.min(width, cols - col),
        out: outs + (row / height) * down + (col / width) * across,
        outStep,
        place: row * rowPlaces + col * colPlaces,
        placeStep,
        block,
      });
      for (const { address, rowStride, colStride } of windows) {
        const index = at >> 2;
        i32[index] = sources + address + row * rowStride + col * colStride;
        i32[index + 1] = rowStride;
        i32[index + 2] = colStride;
        at += windowBytes;
      }
    }
  }
  return at;
}
