import type { Kernel } from "./kernel.js";
import type { Workspace } from "./workspace.js";

/** What is done with rows×cols elements, in items of at most height×width. */
export interface Job {
  readonly rows: number;
  readonly cols: number;
  readonly height: number;
  readonly width: number;
  /**
   * Writes the item of rows×cols elements from (row, col) on, as its kernel wants it; returns the
   * address after it. `extra` is the address of the memory that the batches share.
   */
  write(
    i32: Int32Array,
    at: number,
    row: number,
    col: number,
    rows: number,
    cols: number,
    extra: number,
  ): number;
}

/** Jobs of one kernel, which are done together. */
export interface Batch {
  readonly kernel: Kernel;
  readonly jobs: Job[];
  /** About how long one thread takes. */
  nanoseconds: number;
}

/** Adds a job to the batch of its kernel. `nanoseconds` is about how long an element takes. */
export function addJob(batches: Batch[], kernel: Kernel, job: Job, nanoseconds: number): void {
  let batch = batches.find((each) => each.kernel === kernel);
  if (batch === undefined) {
    batch = { kernel, jobs: [], nanoseconds: 0 };
    batches.push(batch);
  }
  batch.jobs.push(job);
  batch.nanoseconds += job.rows * job.cols * nanoseconds;
}

/**
 * Runs batches one after the other. Their items, and `extraBytes` of memory for what a later batch
 * reads, share what the call takes of the commands' memory.
 */
export function runBatches(
  { commands, memory, executor }: Workspace,
  batches: readonly Batch[],
  extraBytes = 0,
): void {
  const counts: number[] = [];
  let bytes = extraBytes;
  for (const { kernel, jobs } of batches) {
    let count = 0;
    for (const job of jobs) count += itemsOf(job);
    counts.push(count);
    bytes += kernel.itemBytes * count;
  }
  const extra = commands.take(bytes);
  const { i32 } = memory.views;
  let at = extra + extraBytes;
  for (const { jobs } of batches) for (const job of jobs) at = writeItems(i32, at, job, extra);
  // All is written before anything runs, for what runs may enlarge the memory.
  at = extra + extraBytes;
  for (const [b, { kernel, nanoseconds }] of batches.entries()) {
    const count = counts[b]!;
    executor.run(kernel, at, count, nanoseconds);
    at += kernel.itemBytes * count;
  }
}

function itemsOf({ rows, cols, height, width }: Job): number {
  return Math.ceil(rows / height) * Math.ceil(cols / width);
}

/** Writes the items of a job; returns the address after them. */
function writeItems(i32: Int32Array, items: number, job: Job, extra: number): number {
  const { rows, cols, height, width } = job;
  let at = items;
  for (let row = 0; row < rows; row += height) {
    for (let col = 0; col < cols; col += width) {
      const [high, wide] = [Math.min(height, rows - row), Math.min(width, cols - col)];
      at = job.write(i32, at, row, col, high, wide, extra);
    }
  }
  return at;
}
