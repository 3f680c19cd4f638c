import type { Backend } from "@blk/core";

/** What a device was asked to do since its backend was opened. */
export interface DeviceCounts {
  readonly dispatches: number;
  readonly submissions: number;
  readonly bytesRead: number;
}

/** A backend that keeps count. */
export type CountingBackend = Backend & { readonly counts: DeviceCounts };

/** What some work adds to the counts: of calls that were made, not of time. */
export async function countsOf(
  backend: CountingBackend,
  work: () => void | Promise<void>,
): Promise<DeviceCounts> {
  await backend.finish();
  const before = backend.counts;
  await work();
  await backend.finish();
  const after = backend.counts;
  return {
    dispatches: after.dispatches - before.dispatches,
    submissions: after.submissions - before.submissions,
    bytesRead: after.bytesRead - before.bytesRead,
  };
}
