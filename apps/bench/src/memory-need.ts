import type { Backend } from "@blk/core";
import { proxied } from "./proxied.js";
import type { Instance } from "./workloads/bench-case.js";

/** What a case needs of its backend's memory, in bytes; a kernel's own scratch is not counted. */
export interface MemoryNeed {
  /** Live when it is done: operands and result. */
  readonly live: number;
  /** The most that was live at once, temporary matrices included. */
  readonly peak: number;
}

/** Runs a case once, untimed, and counts. What was live before is not its own. */
export async function memoryNeed(backend: Backend, instance: Instance): Promise<MemoryNeed> {
  const used = (): number => backend.memoryUsage().bytes;
  const before = used();
  let peak = before;
  const note = (): void => {
    peak = Math.max(peak, used());
  };
  const counted = proxied(backend, {
    allocate(byteLength) {
      const buffer = backend.allocate(byteLength);
      note();
      return buffer;
    },
  });
  const prepared = instance.prepare(counted);
  try {
    await prepared.run();
    await backend.finish();
    note();
    return { live: used() - before, peak: peak - before };
  } finally {
    prepared.dispose();
  }
}
