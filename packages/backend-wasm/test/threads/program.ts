import { createExecutor } from "../../src/executor.js";
import { LinearMemory } from "../../src/linear-memory.js";
import { canShareMemory } from "../../src/probe.js";
import { itemWords, mixed, mixing, resultWords } from "./kernels.js";

/** What {@link shareCalls} found. */
export interface Outcome {
  /** Threads that there are to be, in the end. */
  readonly threads: number;
  /** Threads that computed items. */
  readonly used: number;
  readonly right: boolean;
  readonly notes: readonly string[];
}

/**
 * A program for places that tests cannot run in: shares calls between two threads until both took
 * part, or it is known that they will not, and leaves the executor as it is.
 *
 * @public Tests bundle it.
 */
export async function shareCalls(): Promise<Outcome> {
  const memory = new LinearMemory(canShareMemory(), 2 ** 24);
  const executor = createExecutor(memory, { threads: 2 });
  const kernel = mixing(memory);
  const count = 32;
  const items = memory.allocate(4 * itemWords * count) ?? 0;
  const results = memory.allocate(4 * resultWords * count) ?? 0;
  const used = new Set<number>();
  let right = true;
  for (const end = Date.now() + 10_000; Date.now() < end && used.size < executor.threads; ) {
    const { i32 } = memory.views;
    for (let i = 0; i < count; i++) {
      i32.set([results + 4 * resultWords * i, i, 5000, 0], items / 4 + itemWords * i);
    }
    executor.run(kernel, items, count, 1e6);
    for (let i = 0; i < count; i++) {
      const [value = 0, scratch = 0] = i32.subarray(results / 4 + resultWords * i);
      used.add(scratch);
      right &&= value === mixed(i, 5000);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { threads: executor.threads, used: used.size, right, notes: executor.notes };
}
