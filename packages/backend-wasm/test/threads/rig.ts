import { onTestFinished } from "vitest";
import { createExecutor, type Executor, type ExecutorOptions } from "../../src/executor.js";
import type { Kernel } from "../../src/kernel.js";
import { LinearMemory } from "../../src/linear-memory.js";
import { control, workerRecord } from "../../src/threads/layout.js";
import {
  type StartWorker,
  startWorker,
  type WorkerHandle,
} from "../../src/threads/start-worker.js";
import { itemWords, mixing, resultWords } from "./kernels.js";

/** An item of a test's call. */
export interface Item {
  readonly seed?: number;
  readonly rounds?: number;
  readonly argument?: number;
}

/** What an item left. */
export interface Result {
  readonly value: number;
  /** Names the thread that computed it. */
  readonly scratch: number;
  /** How often it was computed. */
  readonly times: number;
}

/** More nanoseconds than it takes for a call to be shared. */
export const long = 1e6;

export const inNode: boolean = typeof document === "undefined";

/** Starts workers that do not end when they are made to, only when they are told. */
export const unstoppable: StartWorker = (start, gone) => {
  startWorker(start, gone);
  return { stop: async () => {} };
};

/** An executor with a memory of its own, and ways to use and to disturb it. */
export class Rig {
  readonly memory: LinearMemory = new LinearMemory(true, 2 ** 28);
  readonly executor: Executor;
  readonly handles: WorkerHandle[] = [];
  /** Why workers ended, in order. */
  readonly ends: string[] = [];
  /** The workers' records: indices of words. */
  readonly records: number[] = [];

  constructor(threads: number, options: Partial<ExecutorOptions> = {}) {
    const starter: StartWorker = (start, gone) => {
      this.records.push(start.record);
      const handle = (options.startWorker ?? startWorker)(start, (reason) => {
        this.ends.push(reason);
        gone(reason);
      });
      this.handles.push(handle);
      return handle;
    };
    this.executor = createExecutor(this.memory, { threads, ...options, startWorker: starter });
    onTestFinished(() => this.executor.dispose());
  }

  /** Computes items with a kernel and gives what they left. */
  run(kernel: Kernel, items: readonly Item[], nanoseconds: number = long): Result[] {
    const count = items.length;
    const itemsBytes = 4 * itemWords * count;
    const resultsBytes = 4 * resultWords * count;
    const at = this.allocate(itemsBytes);
    const results = this.allocate(resultsBytes);
    try {
      const { i32 } = this.memory.views;
      i32.fill(0, results / 4, (results + resultsBytes) / 4);
      items.forEach(({ seed = 0, rounds = 0, argument = 0 }, i) => {
        const word = at / 4 + itemWords * i;
        i32.set([results + 4 * resultWords * i, seed, rounds, argument], word);
      });
      this.executor.run(kernel, at, count, nanoseconds);
      return items.map((_, i) => {
        const [value = 0, scratch = 0, times = 0] = i32.subarray(results / 4 + resultWords * i);
        return { value, scratch, times };
      });
    } finally {
      this.memory.free(at, itemsBytes);
      this.memory.free(results, resultsBytes);
    }
  }

  /** What the workers are doing, in the order of their start; see `workerStates`. */
  states(): number[] {
    const { i32 } = this.memory.views;
    return this.records.map((record) => Atomics.load(i32, record + workerRecord.state));
  }

  /** Whether no job is open. */
  isClosed(): boolean {
    return Atomics.load(this.memory.views.i32, control.count) === 0;
  }

  allocate(byteLength: number): number {
    const address = this.memory.allocate(byteLength);
    if (address === undefined) throw new Error("the test takes too much memory");
    return address;
  }

  /** Waits until so many threads have shared a call; gives their scratch addresses, this one's first. */
  async untilShared(threads: number): Promise<number[]> {
    const kernel = mixing(this.memory);
    const own = this.run(kernel, [{}], 0)[0]?.scratch ?? 0;
    const items = Array.from({ length: 64 }, () => ({ rounds: 3000 }));
    const seen = new Set([own]);
    for (const end = performance.now() + 20_000; performance.now() < end; await pause(1)) {
      for (const { scratch } of this.run(kernel, items)) seen.add(scratch);
      if (seen.size >= threads) return [...seen];
    }
    throw new Error(`only ${seen.size} of ${threads} threads shared a call`);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(2)) {
    if (condition()) return;
  }
  throw new Error(`waited in vain until ${what}`);
}
